import type { CommandDefinition, OptionDefinition } from './command.ts';

const storeOption: OptionDefinition = {
  flags: '--store <where>',
  description: 'the store of the server: a folder, or a postgres:// address; default the record of this project',
};
const resourceOptions: readonly OptionDefinition[] = [
  { flags: '--experiment <id>', description: 'of this experiment alone', many: true },
  { flags: '--model <name>', description: 'of this registered model alone', many: true },
];
const userActions = ['add', 'list', 'show', 'password', 'grant', 'revoke', 'sign-out', 'remove', 'log'];

/** The commands of those who sign in to the tracking server. */
export const accessCommands: readonly CommandDefinition[] = [
  {
    name: 'users',
    summary: 'who may sign in to the tracking server, and what they did there',
    description:
      'Roles are none, reader, writer, approver and admin. A password is asked for, or is the first line of standard input.',
    arguments: [
      { form: '<action>', description: userActions.join(', '), words: userActions },
      { form: '[name]', description: 'a user' },
    ],
    options: [
      { flags: '--role <role>', description: 'add, grant: the role; reader where add names none' },
      {
        flags: '--by-provider',
        description: 'add: no password; whoever the OpenID provider calls so is that user from the first sign-in on',
      },
      ...resourceOptions,
      { flags: '--limit <n>', description: 'log: how many lines', default: '100' },
      storeOption,
    ],
    examples: [
      { command: 'mlspec users add ada --role writer', says: 'asks for a password' },
      { command: 'mlspec users add ada@example.org --by-provider', says: 'signs in at the provider of the server' },
      { command: 'mlspec users grant ada --experiment 3 --role admin', says: 'there and nowhere else' },
      { command: 'mlspec users log ada', says: 'the audit log, the newest first' },
    ],
    load: () => import('./commands/users.ts'),
  },
  {
    name: 'tokens',
    summary: 'API tokens that sign in to the tracking server',
    arguments: [
      { form: '<action>', description: 'new, list or revoke', words: ['new', 'list', 'revoke'] },
      { form: '[name]', description: 'new: what it is for; list: a user; revoke: how it begins' },
    ],
    options: [
      { flags: '--user <name>', description: 'new: whose it is' },
      { flags: '--role <role>', description: 'new: the most that it can do; default writer' },
      ...resourceOptions,
      { flags: '--days <n>', description: 'new: how long it lasts; never: until it is revoked', default: '90' },
      storeOption,
    ],
    examples: [
      {
        command: 'mlspec tokens new ci --user ada --experiment 3',
        says: 'prints it once; set MLFLOW_TRACKING_TOKEN to it',
      },
      { command: 'mlspec tokens revoke mlst_0a1b2c3d4e5f', says: 'from then on it signs nobody in' },
    ],
    load: () => import('./commands/tokens.ts'),
  },
];
