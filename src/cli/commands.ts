import { accessCommands } from './access-commands.ts';
import type { CommandDefinition, OptionDefinition } from './command.ts';
import { dataCommand, monitorCommand } from './data-command.ts';
import { evidenceCommands, reportCommand } from './evidence-commands.ts';
import { importCommand } from './import-command.ts';
import { backupCommands, searchCommand } from './record-commands.ts';
import { approvalsCommand, modelsCommand, serverCommand, spoolCommand } from './tracking-commands.ts';

/** Options that every command has. */
export const commonOptions: readonly OptionDefinition[] = [
  { flags: '--spec <file>', description: 'the declaration; default mlspec.yaml of this folder or the nearest above' },
  { flags: '--json', description: 'results as JSON on standard output (events as NDJSON, ending in one result)' },
  { flags: '--verbose', description: 'also show what steps print, and stack traces of errors' },
  { flags: '--color <when>', description: 'colours', choices: ['auto', 'always', 'never'] },
];

const specOptions: readonly OptionDefinition[] = [
  { flags: '--param <name=value>', description: 'set a declared parameter', many: true },
  { flags: '--profile <name>', description: 'use a declared profile' },
];

const runOptions: readonly OptionDefinition[] = [
  ...specOptions,
  { flags: '--from <step>', description: 'this step or stage and all after it', many: true },
  { flags: '--until <step>', description: 'everything up to this step or stage', many: true },
  { flags: '--only <step>', description: 'this step or stage alone', many: true },
  { flags: '--force [step]', description: 'run again although nothing changed: one step or stage, or all', many: true },
  { flags: '--dry-run', description: 'show what would run and why, and run nothing' },
  { flags: '--jobs <n>', description: 'steps at the same time; default the number of cores' },
  { flags: '--fail-fast', description: 'start no further step once one failed' },
  { flags: '--openlineage <url>', description: 'post OpenLineage events to this address while the run goes on' },
  { flags: '--http <port>', description: 'serve /ok, /varz and /metrics of the run on 127.0.0.1' },
];

/** Every command of `mlspec`, in the order of `--help`. */
export const commands: readonly CommandDefinition[] = [
  {
    name: 'init',
    summary: 'write a spec that runs as it stands',
    description: 'Looks at a CSV or Parquet file and writes mlspec.yaml, a schema, a split and a baseline model.',
    arguments: [
      { form: '[data]', description: 'a CSV, JSON or Parquet file; the only one in this folder where left out' },
    ],
    options: [
      { flags: '--label <column>', description: 'the column to predict; the last one where left out' },
      { flags: '--dir <folder>', description: 'where to write', default: '.' },
      { flags: '--yes', description: 'ask nothing' },
    ],
    examples: [
      { command: 'mlspec init data/churn.csv --label churned', says: 'a project for one table' },
      { command: 'mlspec init --yes', says: 'take the only table of this folder and its last column' },
    ],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'check',
    summary: 'find what is wrong with the declaration, and what its gates cost',
    arguments: [{ form: '[file]', description: 'the declaration' }],
    takesSpec: true,
    options: [...specOptions, { flags: '--sarif', description: 'findings as SARIF 2.1.0' }],
    examples: [
      { command: 'mlspec check', says: 'all findings with line, column and what to write instead' },
      { command: 'mlspec check --sarif > findings.sarif', says: 'for code scanning' },
    ],
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'plan',
    summary: 'show what would run, what would be reused, and why',
    options: [...specOptions, { flags: '--release', description: 'with the steps of a release' }],
    examples: [
      { command: 'mlspec plan --param sample=10%', says: 'the steps, their state and the price of each gate' },
    ],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'run',
    summary: 'carry the declaration out, up to evaluation on the open parts',
    options: [
      ...runOptions,
      { flags: '--through <stage>', description: 'testing: carry the gates out too, as release does' },
      { flags: '--yes', description: 'with --through testing: spend the uses without asking' },
    ],
    examples: [
      { command: 'mlspec run', says: 'run what changed, reuse the rest' },
      { command: 'mlspec run --param learning_rate=0.05 --until training', says: 'one parameter, up to training' },
      { command: 'mlspec run --json | jq -c "select(.type==\\"result\\")"', says: 'for programs' },
    ],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'release',
    summary: 'run, then spend one use of each gate, package and register the model',
    options: [...runOptions, { flags: '--yes', description: 'spend the uses without asking' }],
    examples: [
      { command: 'mlspec release --yes', says: 'test on the sealed parts and, where they pass, package and register' },
    ],
    load: () => import('./commands/release.ts'),
  },
  {
    name: 'gate',
    summary: 'status, open or retire the sealed parts that gates use',
    arguments: [
      { form: '<action>', description: 'status, open or retire', words: ['status', 'open', 'retire'] },
      { form: '[gate]', description: 'the gate; all where left out' },
    ],
    options: [{ flags: '--yes', description: 'do not ask' }],
    examples: [
      { command: 'mlspec gate status', says: 'uses spent and left' },
      { command: 'mlspec gate retire promotion --yes', says: 'end the use of its part and show what was sealed' },
    ],
    load: () => import('./commands/gate.ts'),
  },
  ...evidenceCommands,
  {
    name: 'exec',
    summary: 'record any command as a run: inputs, outputs, code, environment, metrics',
    arguments: [{ form: '<command...>', description: 'the command, after --' }],
    options: [
      { flags: '--in <path>', description: 'a file or folder that it reads; - is standard input', many: true },
      { flags: '--out <path>', description: 'a file or folder that it writes', many: true },
      {
        flags: '--code <path>',
        description: 'a file, folder or pattern of its code; of Python this is found out',
        many: true,
      },
      { flags: '--param <name=value>', description: 'a parameter, also put into its environment', many: true },
      { flags: '--metrics <file>', description: 'a JSON file of numbers that it writes' },
      { flags: '--name <name>', description: 'name of the run; default the command' },
      { flags: '--force', description: 'run again although nothing changed' },
    ],
    examples: [
      {
        command: 'mlspec exec --in data.csv --out model.pkl --param depth=4 -- python train.py',
        says: 'a script, recorded',
      },
      { command: "mlspec exec --code 'lib/**/*.R' --out fit.rds -- Rscript fit.R", says: 'with its code by name' },
    ],
    passThrough: true,
    load: () => import('./commands/exec.ts'),
  },
  importCommand,
  {
    name: 'why',
    summary: 'say why a step ran again, or why it was reused and from which run',
    arguments: [
      { form: '<step>', description: 'a step or stage' },
      { form: '[run]', description: 'a run; default latest' },
    ],
    examples: [{ command: 'mlspec why training', says: 'names the parameter, file, column or package that changed' }],
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'debug',
    summary: 'run one step with its real inputs under pdb or the Node inspector',
    arguments: [{ form: '<step>', description: 'a step' }],
    options: specOptions,
    examples: [{ command: 'mlspec debug training', says: 'stops at the first line of the step' }],
    load: () => import('./commands/debug.ts'),
  },
  {
    name: 'ls',
    summary: 'list runs, models, artifacts or datasets',
    arguments: [
      {
        form: '[what]',
        description: 'runs, models, artifacts or datasets',
        words: ['runs', 'models', 'artifacts', 'datasets'],
      },
    ],
    options: [{ flags: '--limit <n>', description: 'how many', default: '20' }],
    examples: [{ command: 'mlspec ls models', says: 'registered models and versions' }],
    load: () => import('./commands/ls.ts'),
  },
  {
    name: 'show',
    summary: 'show a run, or one step of it',
    arguments: [
      { form: '[run]', description: 'an id, its beginning, latest or latest~1' },
      { form: '[step]', description: 'a step' },
    ],
    options: [
      { flags: '--logs', description: 'what the step printed' },
      {
        flags: '--output <port>',
        description: 'the content of an output, kept file (artifacts/NAME) or log (logs/stdout)',
      },
      { flags: '--to <path>', description: 'with --output: copy it there, a file or a folder' },
    ],
    examples: [
      { command: 'mlspec show latest', says: 'steps, objectives and outputs of the last run' },
      { command: 'mlspec show latest training --logs', says: 'what training printed' },
      { command: 'mlspec show latest training --output model --to ./model', says: 'the model, as a folder' },
      { command: 'mlspec show latest training --output artifacts/roc.png --to roc.png', says: 'a file that it kept' },
    ],
    load: () => import('./commands/show.ts'),
  },
  {
    name: 'diff',
    summary: 'compare two runs: parameters, data, code, environment, metrics, objectives',
    arguments: [
      { form: '[a]', description: 'a run; default latest~1' },
      { form: '[b]', description: 'a run; default latest' },
    ],
    options: [
      { flags: '--all', description: 'also what is equal' },
      { flags: '--md', description: 'as Markdown' },
    ],
    examples: [{ command: 'mlspec diff latest~1 latest --md', says: 'for a pull request' }],
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'lineage',
    summary: 'what an artifact was made from, and what was made from it',
    arguments: [{ form: '<artifact>', description: 'a digest or its beginning, or RUN/STEP/PORT' }],
    options: [{ flags: '--depth <n>', description: 'steps in each direction', default: '20' }],
    examples: [{ command: 'mlspec lineage latest/training/model', says: 'from the raw files to the model' }],
    load: () => import('./commands/lineage.ts'),
  },
  {
    name: 'metrics',
    summary: 'metrics of a run with intervals, overall and by slice',
    arguments: [{ form: '[run]', description: 'a run; default latest' }],
    options: [
      { flags: '--md', description: 'as Markdown' },
      { flags: '--slices', description: 'by slice' },
      { flags: '--metric <name>', description: 'show this metric alone; several with commas', many: true },
    ],
    examples: [
      { command: 'mlspec metrics --slices --metric accuracy,recall', says: 'where the model is good, and where not' },
      { command: 'mlspec metrics --slices --md', says: 'for a report' },
    ],
    load: () => import('./commands/metrics.ts'),
  },
  reportCommand,
  {
    name: 'serve',
    summary: 'answer requests with a model',
    arguments: [
      { form: '[model]', description: 'name or name/version, a run, or a package folder; default the latest package' },
    ],
    options: [
      { flags: '--port <n>', description: 'port', default: '8080' },
      { flags: '--host <address>', description: 'address to listen on', default: '127.0.0.1' },
    ],
    examples: [
      { command: 'mlspec serve flight-delays/1.0.0 --port 8080', says: 'Open Inference Protocol and /invocations' },
    ],
    onInterrupt: 'ending after the requests that are being answered',
    load: () => import('./commands/serve.ts'),
  },
  monitorCommand,
  serverCommand,
  spoolCommand,
  modelsCommand,
  approvalsCommand,
  ...accessCommands,
  {
    name: 'gc',
    summary: 'remove what no kept run needs, and what was deleted in the tracker',
    options: [
      { flags: '--keep <n>', description: 'newest runs to keep', default: '20' },
      {
        flags: '--older-than <time>',
        description: 'how long ago something was deleted in the tracker',
        default: '30d',
      },
      { flags: '--run <id>', description: 'of the deleted runs of the tracker these alone', many: true },
      { flags: '--experiment <id>', description: 'of the deleted experiments these alone', many: true },
      { flags: '--store <place>', description: 'folder or postgres:// address of a server; default the record' },
      {
        flags: '--artifacts <where>',
        description: 'folder or s3://bucket/prefix of a server; default that of the record',
      },
      { flags: '--yes', description: 'remove; without it, only say what would be removed' },
    ],
    examples: [
      { command: 'mlspec gc --keep 5', says: 'what would go' },
      { command: 'mlspec gc --older-than 7d --yes', says: 'remove also what was deleted in the tracker a week ago' },
    ],
    load: () => import('./commands/gc.ts'),
  },
  dataCommand,
  searchCommand,
  ...backupCommands,
  {
    name: 'doctor',
    summary: 'look at this machine and project, and say what is missing',
    examples: [{ command: 'mlspec doctor', says: 'versions, interpreters, stores, space' }],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'spec',
    summary: 'show the declaration as the program understands it',
    arguments: [{ form: '<action>', description: 'show or schema', words: ['show', 'schema'] }],
    options: [...specOptions, { flags: '--resolved', description: 'with all defaults' }],
    examples: [
      { command: 'mlspec spec show --resolved', says: 'the document with all defaults' },
      { command: 'mlspec spec schema > mlspec.schema.json', says: 'the JSON Schema, for editors' },
    ],
    load: () => import('./commands/spec.ts'),
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    arguments: [{ form: '<shell>', description: 'bash, zsh or fish', words: ['bash', 'zsh', 'fish'] }],
    examples: [
      { command: 'mlspec completion bash > ~/.local/share/bash-completion/completions/mlspec', says: 'for bash' },
    ],
    load: () => import('./commands/completion.ts'),
  },
];
