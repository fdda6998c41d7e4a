import type { CommandDefinition } from './command.ts';

/** What takes over what others kept. */
export const importCommand: CommandDefinition = {
  name: 'import',
  summary: 'take over what another tracker kept, or record documents of the original MLSpec',
  description:
    'What another tracker kept is taken over into the tracker of this project, or of --store; it is never changed, and importing it again adds what is new. Documents are read and checked first; where none has an error, each becomes a step of one run.',
  arguments: [
    {
      form: '<path>',
      description:
        'an mlflow.db, a folder mlruns, a postgres:// address; a folder of TensorBoard event files, of offline runs of Weights & Biases, or of an export of Neptune; a YAML or JSON file or a folder of them',
    },
  ],
  options: [
    {
      flags: '--from <what>',
      description: 'what it is; default: what it looks like',
      choices: ['mlspec', 'mlflow', 'tensorboard', 'wandb', 'neptune'],
    },
    { flags: '--store <where>', description: 'the tracker that takes it over, as in mlspec server' },
    {
      flags: '--experiment <name>',
      description: 'TensorBoard: the experiment of the runs; default the name of the folder',
    },
    { flags: '--follow', description: 'TensorBoard: go on with what is appended until Ctrl-C' },
    {
      flags: '--artifacts <folder>',
      description:
        'MLflow: the folder of its artifacts; default mlartifacts and mlruns beside the database. Weights & Biases: the folder into which links of saved files may lead. Neptune: the folder of its files; default files beside that of the Parquet files',
    },
    { flags: '--dry-run', description: 'read and check, and write nothing' },
    { flags: '--keep-credentials', description: 'documents: record credentials that stand in the clear as they are' },
  ],
  examples: [
    {
      command: 'mlspec import mlflow.db --artifacts ./mlartifacts',
      says: 'experiments, runs, models and their files',
    },
    { command: 'mlspec import ./mlruns --dry-run', says: 'what there is, and what of it would be left out' },
    { command: 'mlspec import runs/ --follow', says: 'TensorBoard: runs appear in the tracker while they are written' },
    { command: 'mlspec import ./wandb --artifacts .', says: 'offline runs, with the files that wandb.save linked' },
    {
      command: 'mlspec import ./exports --dry-run',
      says: 'what an export of Neptune has, and what of it would be left out',
    },
    { command: 'mlspec import metadata/', says: 'every finding with line, column and what to write instead' },
    { command: 'mlspec export latest all.yaml --as mlspec-original', says: 'the documents again, in one spelling' },
  ],
  load: () => import('./commands/import.ts'),
};
