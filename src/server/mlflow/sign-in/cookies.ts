/**
 * The two cookies of a browser that signs in. Neither is readable by scripts, both go to this server alone, and over https
 * their names begin with `__Host-`, which no other host of the same domain can set (RFC 6265bis, 4.1.3). `SameSite=Lax`
 * lets them come along when the provider sends the browser back, and with no other request from elsewhere that changes something.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** `mlspec_session`: whoever signed in. `mlspec_sign_in`: a sign-in under way. */
export type CookieName = 'mlspec_session' | 'mlspec_sign_in';

const longestHeader = 16 * 1024;

/** Reads and writes cookies. */
export interface Cookies {
  /** Null where it is absent, or there twice: then somebody else set one of them. */
  read(request: Pick<FastifyRequest, 'headers'>, name: CookieName): string | null;
  /** @param lastsMs 0 removes it */
  write(
    reply: FastifyReply,
    cookie: { readonly name: CookieName; readonly value: string; readonly lastsMs: number },
  ): void;
}

/** Cookies of a server whose browsers reach it by an origin. */
export function cookiesOf(address: string): Cookies {
  const isSecure = address.startsWith('https:');
  const fullName = (name: CookieName): string => `${isSecure ? '__Host-' : ''}${name}`;
  return {
    read: ({ headers: { cookie = '' } }, name) => {
      if (cookie.length > longestHeader) return null;
      const start = `${fullName(name)}=`;
      const found = cookie.split(';').flatMap((one) => {
        const pair = one.trim();
        return pair.startsWith(start) ? [pair.slice(start.length)] : [];
      });
      return found.length === 1 ? found[0]! : null;
    },
    write: (reply, { name, value, lastsMs }) => {
      const rules = `Path=/; Max-Age=${Math.floor(lastsMs / 1000)}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
      reply.header('set-cookie', `${fullName(name)}=${value}; ${rules}`);
    },
  };
}
