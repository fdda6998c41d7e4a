import type { CommandDefinition } from './command.ts';

const store = {
  flags: '--store <place>',
  description: 'folder or postgres:// address of a server; default the record',
};

/** `mlspec search`. */
export const searchCommand: CommandDefinition = {
  name: 'search',
  summary: 'find runs, experiments and models by words',
  arguments: [
    {
      form: '<words...>',
      description: 'all have to be found: word, word*, "two words", param:word; -word must not be',
    },
  ],
  options: [
    { flags: '--kind <kind>', description: 'run, experiment, model or logged-model; several with commas', many: true },
    { flags: '--limit <n>', description: 'how many at most, 1 to 1000', default: '20' },
    store,
  ],
  examples: [
    { command: 'mlspec search resnet adamw', says: 'names, params, tags, notes, metrics, data, reports' },
    {
      command: `mlspec search 'param:"learning_rate 0.01" -debug'`,
      says: 'a phrase in a param, and a word not at all',
    },
    { command: `mlspec search 'overfit*' --kind run --limit 5`, says: 'what begins so' },
    { command: "mlspec search 'flight*' --kind model --json", says: 'registered models, for a program' },
    { command: 'mlspec search note:restarts --store /srv/mlflow', says: 'what a server keeps' },
  ],
  load: () => import('./commands/search.ts'),
};

/** `mlspec backup` and `mlspec restore`. */
export const backupCommands: readonly CommandDefinition[] = [
  {
    name: 'backup',
    summary: 'copy everything that a project or a server keeps, while it goes on',
    arguments: [
      { form: '<folder>', description: 'where backups lie; content that is there already is not copied again' },
    ],
    options: [store],
    examples: [
      { command: 'mlspec backup /backups/lab', says: 'the record of this project' },
      { command: 'mlspec backup /backups/lab --store postgres://db/mlflow', says: 'what a server keeps' },
    ],
    load: () => import('./commands/backup.ts'),
  },
  {
    name: 'restore',
    summary: 'bring a backup back, to an empty place',
    arguments: [{ form: '<folder>', description: 'a folder of backups, for the newest, or one of them' }],
    options: [store],
    examples: [
      { command: 'mlspec restore /backups/lab --store /srv/mlflow', says: 'to a folder, for mlspec server --store' },
      { command: 'mlspec restore /backups/lab --store postgres://db/mlflow', says: 'from SQLite to PostgreSQL too' },
    ],
    load: () => import('./commands/restore.ts'),
  },
];
