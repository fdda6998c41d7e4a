import type { CommandDefinition } from './command.ts';

/** The command of the tracking server. */
export const serverCommand: CommandDefinition = {
  name: 'server',
  summary: 'track experiments for MLflow clients',
  description:
    "Experiments and runs that every MLflow client can log to: set MLFLOW_TRACKING_URI to the address that it prints. Without --store they stand in this project's record.",
  options: [
    { flags: '--port <n>', description: 'port; 0 takes any free one', default: '5000' },
    { flags: '--host <address>', description: 'address to listen on', default: '127.0.0.1' },
    {
      flags: '--without-sign-in',
      description: 'with --host: let everybody who reaches the address read and change everything',
    },
    {
      flags: '--store <where>',
      description: 'a folder (SQLite), or a postgres:// address; default the record of this project',
    },
    {
      flags: '--allowed-hosts <names>',
      description: 'host names by which it may be reached besides private ones, with commas between',
    },
    {
      flags: '--cors-allowed-origins <origins>',
      description: 'origins of other pages that may change something, with commas between',
    },
  ],
  examples: [
    { command: 'mlspec server', says: 'then, in another terminal: export MLFLOW_TRACKING_URI=http://127.0.0.1:5000' },
    { command: 'mlspec server --store postgres://ml@db/tracking', says: 'one record for a team' },
  ],
  onInterrupt: 'ending after the requests that are being answered',
  load: () => import('./commands/server.ts'),
};

/** The command of protected aliases. */
export const modelsCommand: CommandDefinition = {
  name: 'models',
  summary: 'protect aliases of registered models, and see what was decided about them',
  arguments: [
    { form: '<action>', description: 'protect or decisions', words: ['protect', 'decisions'] },
    { form: '<model>', description: 'a registered model' },
    { form: '[alias]', description: 'the alias that is protected' },
  ],
  options: [
    {
      flags: '--approvals <n>',
      description: 'how many others than who made a version have to approve it; 0 lifts the protection',
      default: '1',
    },
  ],
  examples: [
    {
      command: 'mlspec models protect flights production --approvals 2',
      says: 'production moves after two approvals, by no client of MLflow',
    },
    { command: 'mlspec models decisions flights', says: 'who protected, approved and moved what' },
  ],
  load: () => import('./commands/models.ts'),
};
