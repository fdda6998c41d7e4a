import type { CommandDefinition } from './command.ts';

const store = {
  flags: '--store <place>',
  description: 'folder or postgres:// address of a server; default the record',
};

/** `mlspec search`. */
export const searchCommand: CommandDefinition = {
  name: 'search',
  summary: 'find runs, experiments and registered models by words',
  arguments: [{ form: '<words...>', description: 'all have to be found; word* is a beginning, "two words" a phrase' }],
  options: [
    { flags: '--kind <kind>', description: 'run, experiment or model; several with commas', many: true },
    { flags: '--limit <n>', description: 'how many at most, 1 to 1000', default: '20' },
    store,
  ],
  examples: [
    { command: 'mlspec search resnet "learning_rate 0.01"', says: 'names, params, tags, notes, metrics, data' },
    { command: "mlspec search 'flight*' --kind model --json", says: 'registered models, for a program' },
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
