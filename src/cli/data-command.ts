import type { CheckOrigin, DriftDistance } from '../app/index.ts';
import type { CommandDefinition, OptionDefinition } from './command.ts';

/** All distances, named here because the program must not load what compares before it is asked to. */
const distances = Object.keys({
  psi: null,
  jensen_shannon: null,
  hellinger: null,
  l_infinity: null,
  chi_squared: null,
  kolmogorov_smirnov: null,
  wasserstein: null,
} satisfies Record<DriftDistance, null>);

/** Whose checks are read, named here for the same reason. */
const checkOrigins = Object.keys({
  gx: null,
  pandera: null,
  dbt: null,
  tfdv: null,
  odcs: null,
  soda: null,
  dqdl: null,
} satisfies Record<CheckOrigin, null>);

/** How two tables are compared. */
export const driftOptions: readonly OptionDefinition[] = [
  {
    flags: '--distance <name>',
    description: 'what columns are judged by',
    choices: distances,
    default: 'psi',
  },
  { flags: '--threshold <number>', description: 'a smaller distance is no drift; default that of the distance' },
  { flags: '--false-alarm <share>', description: 'how likely equal data may be called drifted', default: '1%' },
  { flags: '--column <name>', description: 'look at this column; several with commas', many: true },
];

/** `mlspec data`. */
export const dataCommand: CommandDefinition = {
  name: 'data',
  summary: 'look at tables and compare them, with or without a project',
  arguments: [
    {
      form: '<action>',
      description: 'profile, drift, diff, infer, import, export, schema, suggest, check, history, split or state',
      words: [
        ...['profile', 'drift', 'diff', 'infer', 'import', 'export'],
        ...['schema', 'suggest', 'check', 'history', 'split', 'state'],
      ],
    },
    {
      form: '<files...>',
      description:
        'CSV, JSON or Parquet files, SELECTs, or datasets of the project, by the names of their sources: profile FILE..., drift REFERENCE CURRENT, diff BEFORE AFTER, infer FILE, suggest FILE..., check FILE, split FILE; schemas: schema diff OLD NEW; checks of other programs: import FILE; a schema, checks or a declaration as a data contract: export FILE...; a source of the declaration: state NAME [active, deprecated or archived]; what was measured before: history FILE, history accept FILE ID, in a project history accept RUN',
    },
  ],
  options: [
    {
      flags: '--compare <table>',
      description: 'profile: show the difference from this older table; check: what the schema says of it',
    },
    {
      flags: '--out <file>',
      description:
        'profile: write a page, Markdown or JSON (.html, .md, .json); infer: write the schema; import, suggest: write the checks; export: write the contract; split: the folder for the parts',
    },
    {
      flags: '--states <folder>',
      description: 'profile: keep what was counted of each file, and do not read it again',
    },
    {
      flags: '--by <column>',
      description:
        'profile: also tell of the groups with one value of it; suggest: what a partition is: a column, day(column) and its like, order, hash, or of several files file; default order, of several files file; split: the rule, as in a declaration: hash, stratified(column), group(column), time(column), predefined(column)',
      many: true,
    },
    { flags: '--parts <part>', description: 'split: train=80%,test=20%; with predefined names alone', many: true },
    { flags: '--salt <text>', description: 'split: changes which rows fall where' },
    {
      flags: '--gap <time>',
      description:
        'split: with time, leave out rows so near after the end of a part; with rolling folds, those so near before one',
    },
    { flags: '--folds <count>', description: 'split: divide the part train into folds too; without --parts all rows' },
    {
      flags: '--folds-by <rule>',
      description: 'split: by hash (the default), hash(column), stratified(column), group(column), rolling(column)',
    },
    { flags: '--format <name>', description: 'split: of the files; default parquet', choices: ['parquet', 'csv'] },
    {
      flags: '--label <column>',
      description:
        'profile: what a model would learn; how well each column tells it; infer: the column that serving does not have',
    },
    {
      flags: '--pairs <which>',
      description: 'profile: hold columns against each other; default with --label: label',
      choices: ['none', 'label', 'all'],
    },
    { flags: '--weight <column>', description: 'profile: also count each row as often as this says' },
    {
      flags: '--outliers <method>',
      description: 'profile: how they are told',
      choices: ['tukey', 'robust_z', 'isolation_forest', 'none'],
      default: 'tukey',
    },
    ...driftOptions,
    {
      flags: '--classifier',
      description: 'drift: also look at all columns together, with a classifier that tells the tables apart',
    },
    {
      flags: '--key <name>',
      description:
        'diff, check: match rows by this column; suggest: check that it names rows; split: rows with equal ones stay together; several with commas',
      many: true,
    },
    {
      flags: '--tolerance <number>',
      description: 'diff, check: numbers that are at most so far apart are equal',
      default: '0',
    },
    { flags: '--rows <file>', description: 'diff: write the rows that differ to this Parquet file' },
    { flags: '--force', description: 'infer, import, export, suggest, split: replace what is at --out' },
    { flags: '--reason <text>', description: 'state: why it changes' },
    {
      flags: '--schema <file>',
      description: 'check: the schema that the table is held to; import: write the schema',
    },
    {
      flags: '--from <program>',
      description: 'import: whose checks they are; default: what the file looks like',
      choices: checkOrigins,
    },
    {
      flags: '--table <name>',
      description: 'import: the table that is meant, of a file about several; export: what the table is called',
    },
    {
      flags: '--nan <what>',
      description:
        'import: what NaN is to the other program, missing (default) where it ran on pandas, value where it ran on SQL',
      choices: ['missing', 'value'],
    },
    { flags: '--environment <name>', description: 'check: where the table was met, one of those of the schema' },
    { flags: '--checks <file>', description: 'check: the checks that the table is held to' },
    {
      flags: '--accept <id>',
      description: 'check: change the schema so that it allows this anomaly; several with commas, or all',
      many: true,
    },
    {
      flags: '--as-of <instant>',
      description:
        'check: what now() stands for, a date or an instant with its zone; default that of the checks, else the clock',
    },
    { flags: '--memory <size>', description: 'what all of it may take, for example 2 GB; the rest goes to the disk' },
    {
      flags: '--history <file>',
      description:
        'check: hold values against those measured before, which this file has, and append what is measured now',
    },
    {
      flags: '--dataset <name>',
      description: 'check: what the table is called in --history; default the name of the file of checks',
    },
    { flags: '--value <value>', description: 'history accept: this value, as it stands in the check; default all' },
    {
      flags: '--as <what>',
      description: 'history accept: as an exception, which does not count, or as a usual value; default exception',
      choices: ['exception', 'usual'],
    },
    { flags: '--why <text>', description: 'history accept: a reason, which is kept' },
    {
      flags: '--quarantine <file>',
      description: 'check: write the rows that break something, with the reasons, to this Parquet file',
    },
  ],
  examples: [
    { command: 'mlspec data profile flights.parquet', says: 'what is in a table, warnings first' },
    { command: 'mlspec data profile flights', says: 'the same of a source of the declaration, as ingestion reads it' },
    {
      command: 'mlspec data profile today.csv --compare train.csv --out today.html',
      says: 'a page that needs no network, both side by side',
    },
    { command: 'mlspec data profile days/*.parquet --states states', says: 'a new day costs one day' },
    {
      command: 'mlspec data drift train.parquet today.parquet',
      says: 'which columns changed; exit code 1 where one did',
    },
    {
      command: 'mlspec data drift train.csv today.csv --distance kolmogorov_smirnov --threshold 0.05 --json',
      says: 'for a program, with the cells of every column',
    },
    {
      command: 'mlspec data diff yesterday.parquet today.parquet --key id',
      says: 'rows added, removed and changed, by column; exit code 1 where any is',
    },
    {
      command: 'mlspec data infer train.csv --out train.schema.yaml',
      says: 'a first schema, to be read and corrected',
    },
    {
      command: 'mlspec data import suite.json --out checks.yaml',
      says: 'checks of Great Expectations as ours; what differs and what could not be taken over, with its line',
    },
    {
      command: 'mlspec data export loans.schema.yaml checks.yaml --out contract.yaml',
      says: 'a contract of the Open Data Contract Standard 3.1; what it has no words for is told',
    },
    {
      command: 'mlspec data schema diff old.schema.yaml new.schema.yaml',
      says: 'what became stricter or laxer, and for whom; exit code 1 where anything did',
    },
    {
      command: 'mlspec data check today.csv --schema train.schema.yaml',
      says: 'what the schema does not allow, with the rows and the change that would; exit code 1 where anything fails',
    },
    {
      command: 'mlspec data suggest history.parquet --by day(date) --out checks.yaml',
      says: 'checks for the next day, with bounds from how days differ, back-tested on days that they were not made from',
    },
    { command: 'mlspec data suggest days/*.parquet --out checks.yaml', says: 'the same, where each day is a file' },
    {
      command: 'mlspec data split loans.csv --by stratified(defaulted) --parts train=80%,test=20% --key id --out parts',
      says: 'train.parquet and test.parquet, and split.json with counts, digests and the proof that no key is in both',
    },
    {
      command: 'mlspec data split loans.csv --folds 5 --folds-by stratified(defaulted) --key id --out folds',
      says: 'fold-1-train.parquet, fold-1-held_out.parquet and so on, and folds.json with labels, drift and the proof',
    },
    {
      command: 'mlspec data state flights deprecated --reason "delays of 2009 were counted twice"',
      says: 'no run trains on it any more, unless its source says allow_deprecated: true',
    },
    {
      command: 'mlspec data check today.csv --checks checks.yaml --quarantine bad-rows.parquet',
      says: 'which checks fail, with examples; the rows that fail them, each with its reasons',
    },
    {
      command: 'mlspec data check today.csv --checks checks.yaml --history measured.jsonl',
      says: 'whether today is as the days before, at a declared rate of false alarms',
    },
    {
      command: 'mlspec data history accept measured.jsonl 3f2a9c01 --why "public holiday"',
      says: 'an unusual value that was meant: it does not count, and passes when it is checked again',
    },
    {
      command: 'mlspec data history accept latest --value "row_count()" --why "public holiday"',
      says: 'the same of what the validation of a run refused, in the file validation.accepted of the declaration',
    },
  ],
  load: () => import('./commands/data.ts'),
};

/** `mlspec monitor`. */
export const monitorCommand: CommandDefinition = {
  name: 'monitor',
  summary: 'compare a window of production data with what a model was trained on, and state it',
  arguments: [
    { form: '<model>', description: 'MODEL, MODEL/VERSION or MODEL/ALIAS, or a run' },
    { form: '<file>', description: 'a CSV, JSON or Parquet file with the data that were served' },
  ],
  options: [
    { flags: '--from <instant>', description: 'where the window begins: a date, or an instant with its zone' },
    { flags: '--to <instant>', description: 'where it ends; this is not in it any more' },
    ...driftOptions,
  ],
  examples: [
    {
      command: 'mlspec monitor flights served.parquet --from 2026-11-01 --to 2026-11-08',
      says: 'which columns changed; exit code 1 where one did; mlspec verify tells of it',
    },
  ],
  load: () => import('./commands/monitor.ts'),
};
