import { type Digest, isDigest, type JsonValue } from '../encoding/index.ts';

const prefix = 'file:';

/** The name under which a file that a step declares identifies it, beside its inputs. */
export function fileIdentity(path: string): string {
  return `${prefix}${path}`;
}

/** The path behind such a name; null for any other name. */
export function identifiedFile(name: string): string | null {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}

/** The declared files among what identifies a step; one that could not be read is left out. */
export function declaredFilesOf(external: Readonly<Record<string, JsonValue>>): [path: string, digest: Digest][] {
  return Object.entries(external).flatMap(([name, identity]): [string, Digest][] => {
    const path = identifiedFile(name);
    return path !== null && isDigest(identity) ? [[path, identity]] : [];
  });
}
