/* Options that the commands of users and tokens have in common. */
import { isRole, type Resource, type Role, roles } from '../access/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';

/** The role that is named, or the default. @throws PlatformError CLI_USAGE */
export function roleOption(call: CommandCall, fallback: Role): Role {
  const text = textOption(call, 'role') ?? fallback;
  if (isRole(text)) return text;
  throw usage(`expected --role to be ${roles.join(', ')}, found ${JSON.stringify(text)}`);
}

/** The experiments and models that are named. @throws PlatformError CLI_USAGE */
export function resourceOptions(call: CommandCall): Resource[] {
  const experiments = listOption(call, 'experiment').map((id): Resource => {
    if (!/^\d{1,15}$/.test(id)) throw usage(`expected --experiment to be the id of one, found ${JSON.stringify(id)}`);
    return { kind: 'experiment', id: String(Number(id)) };
  });
  return [...experiments, ...listOption(call, 'model').map((id): Resource => ({ kind: 'model', id }))];
}

/** A command that was called in another way than it can be. */
export function usage(message: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message });
}
