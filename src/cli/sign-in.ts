/* Whether a tracking server asks people to sign in, and who the first one is. */
import type { AccessStore, ProviderSettings } from '../access/index.ts';
import { makeFirstAdmin, placedAt, readProvider } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';

/**
 * Lets a server listen to other machines only where it was said whether people sign in.
 * @throws PlatformError SERVER_UNPROTECTED, CLI_USAGE
 */
export function requireSignIn(call: CommandCall, host: string): void {
  if (isOn(call, 'signIn') && isOn(call, 'withoutSignIn'))
    throw new PlatformError('CLI_USAGE', { message: 'expected --sign-in or --without-sign-in, found both' });
  if (textOption(call, 'provider') !== undefined && !isOn(call, 'signIn'))
    throw new PlatformError('CLI_USAGE', { message: 'expected --provider together with --sign-in, found it alone' });
  if (isLoopback(host) || isOn(call, 'signIn') || isOn(call, 'withoutSignIn')) return;
  throw new PlatformError('SERVER_UNPROTECTED', {
    message: `expected an address of this machine alone, found --host ${host}: whoever reached it could read and change everything, because nobody signs in`,
  });
}

/** What a server needs so that people sign in; nothing where they do not. Makes the first admin. */
export async function signIn(
  call: CommandCall,
  platform: { readonly access: AccessStore },
): Promise<{ readonly access?: AccessStore; readonly provider?: ProviderSettings }> {
  if (!isOn(call, 'signIn')) return {};
  const file = textOption(call, 'provider');
  const provider = file === undefined ? {} : { provider: await readProvider(file, call.config) };
  const made = await makeFirstAdmin(placedAt(call.config, textOption(call, 'store')), platform.access);
  if (made?.passwordFile != null)
    call.output.say(
      `made the user ${made.name}; its password is in ${made.passwordFile}: change it, and remove the file`,
    );
  else if (made !== null) call.output.say(`made the user ${made.name}, with the password of MLSPEC_ADMIN_PASSWORD`);
  return { access: platform.access, ...provider };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
