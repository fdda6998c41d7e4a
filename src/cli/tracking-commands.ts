import type { CommandDefinition, OptionDefinition } from './command.ts';

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
      flags: '--workers <n>',
      description: 'processes that answer, 1 to 64; one that dies is started again while the others go on',
      default: '1',
    },
    {
      flags: '--sign-in',
      description: 'let in only users and API tokens; makes the user admin where there is none',
    },
    {
      flags: '--provider <file>',
      description: 'with --sign-in: the OpenID provider by which people sign in with a browser, as a YAML file says it',
    },
    {
      flags: '--without-sign-in',
      description: 'with --host: let everybody who reaches the address read and change everything',
    },
    {
      flags: '--store <where>',
      description: 'a folder (SQLite), or a postgres:// address; default the record of this project',
    },
    {
      flags: '--artifacts <where>',
      description: 'a folder, or s3://bucket/prefix; default beside the record (MLSPEC_ARTIFACTS_URL)',
    },
    {
      flags: '--ui <where>',
      description:
        'web interface to show: mlflow, that of the mlflow package that your Python finds; a Python environment; or a folder with index.html',
    },
    {
      flags: '--allowed-hosts <names>',
      description: 'host names by which it may be reached besides private ones, with commas between',
    },
    {
      flags: '--cors-allowed-origins <origins>',
      description: 'origins of other pages that may change something, with commas between',
    },
    {
      flags: '--log <form>',
      description: 'how requests are logged on standard error; default text on a terminal, json elsewhere',
      choices: ['json', 'text', 'off'],
    },
  ],
  examples: [
    { command: 'mlspec server', says: 'then, in another terminal: export MLFLOW_TRACKING_URI=http://127.0.0.1:5000' },
    { command: 'mlspec server --store postgres://ml@db/tracking', says: 'one record for a team' },
    {
      command: 'mlspec server --store postgres://ml@db/tracking --artifacts s3://ml-artifacts/tracking',
      says: 'and its artifacts in a bucket',
    },
    { command: 'mlspec server --ui mlflow', says: "with MLflow's own web interface, where pip install mlflow put it" },
  ],
  onInterrupt: 'ending after the requests that are being answered',
  load: () => import('./commands/server.ts'),
};

function serverOption(otherwise: string): OptionDefinition {
  return { flags: '--server <address>', description: `a tracking server to which people sign in; ${otherwise}` };
}

/** The command of requests to move protected aliases. */
export const approvalsCommand: CommandDefinition = {
  name: 'approvals',
  summary: 'ask others to approve that a protected alias moves, at a tracking server',
  description:
    'Works at a tracking server to which people sign in, as MLflow clients do: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN. The last approval moves the alias where every check holds; move tries again when that did not hold then. With keys and without a server: mlspec approve.',
  arguments: [
    {
      form: '<action>',
      description: 'ask, list, show, approve, reject, withdraw or move',
      words: ['ask', 'list', 'show', 'approve', 'reject', 'withdraw', 'move'],
    },
    { form: '[model]', description: 'ask: MODEL/VERSION or MODEL/ALIAS, default the latest version; else MODEL' },
    { form: '[number]', description: 'the number of the request' },
  ],
  options: [
    { flags: '--alias <name>', description: 'ask, list: the alias; ask: default production' },
    { flags: '--why <text>', description: 'ask: the reason, for those who approve' },
    { flags: '--days <n>', description: 'ask: how long it may be approved, 1 to 365; default 14' },
    { flags: '--comment <text>', description: 'approve, reject, withdraw: what you say to it' },
    { flags: '--all', description: 'list: also those that ended' },
    serverOption('default that of MLFLOW_TRACKING_URI'),
  ],
  examples: [
    { command: 'mlspec approvals ask flights/1.0.1 --why "better on slices"', says: 'that production moves to it' },
    { command: 'mlspec approvals list', says: 'what waits for an approval' },
    {
      command: 'mlspec approvals approve flights 3 --comment "looked at it"',
      says: 'the last approval moves the alias',
    },
  ],
  load: () => import('./commands/approvals.ts'),
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
    {
      flags: '--require <check>',
      description: 'protect: what else has to hold of a version: evidence, gate or contract',
      many: true,
    },
    serverOption('default the record of this project'),
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

/** The command of spools. */
export const spoolCommand: CommandDefinition = {
  name: 'spool',
  summary: 'keep what MLflow clients log while the tracking server is away, and send it later',
  description:
    'With an address: takes the place of that server for MLflow clients, keeps what they log and sends it on whenever the server answers. MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD and MLFLOW_TRACKING_TOKEN sign in there; they are kept nowhere.',
  arguments: [
    {
      form: '<what>',
      description:
        'the address of a tracking server; or status, send (what waits, once), runs and versions (what they are on the server), again (send what was refused once more)',
      words: ['status', 'send', 'runs', 'versions', 'again'],
    },
  ],
  options: [
    { flags: '--port <n>', description: 'port for clients; 0 takes any free one', default: '5001' },
    {
      flags: '--store <folder>',
      description: 'the folder of the spool; default one for each server, below the state folder of the user',
    },
  ],
  examples: [
    {
      command: 'mlspec spool https://tracker.example.org',
      says: 'then, in another terminal: export MLFLOW_TRACKING_URI=http://127.0.0.1:5001',
    },
    { command: 'mlspec spool status', says: 'what waits, since when, and what was refused' },
    { command: 'mlspec spool send', says: 'send what waits, and end' },
  ],
  onInterrupt: 'ending; what was not sent yet waits',
  load: () => import('./commands/spool.ts'),
};
