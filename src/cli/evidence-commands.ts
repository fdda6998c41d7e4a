import type { CommandDefinition } from './command.ts';

/** The commands about signed evidence: what proves it, who signs, what is handed on, approved or erased. */
export const evidenceCommands: readonly CommandDefinition[] = [
  {
    name: 'verify',
    summary: 'prove from signed statements that a run did what was declared',
    arguments: [
      {
        form: '[run]',
        description:
          'a run, the folder of an exported one, a registered model, or a signed folder or file; default latest',
      },
    ],
    options: [
      {
        flags: '--signature <file>',
        description: 'of a folder or file: its signature; default FOLDER.sig beside it, or model.sig in it',
      },
      { flags: '--evidence', description: 'every statement, artifact and entry of the log that a rule looked at' },
    ],
    examples: [
      { command: 'mlspec verify latest', says: 'a verdict for each rule; exit code 6 where one is broken' },
      { command: 'mlspec verify flights/production', says: 'the run that made it, its registration, its approvals' },
      { command: 'mlspec verify ./package', says: 'every file, against the signature beside the folder' },
    ],
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'sign',
    summary: 'sign a model, a dataset or a folder so that others can verify it (OpenSSF Model Signing)',
    arguments: [
      {
        form: '<what>',
        description: 'a folder or file; else MODEL, MODEL/VERSION, a run with a package, RUN/STEP/PORT or a digest',
      },
    ],
    options: [
      { flags: '--out <file>', description: 'where the signature goes; default NAME.sig, beside what is signed' },
      { flags: '--to <path>', description: 'of what is in the store: copy it there, with the signature beside it' },
      { flags: '--shard-size <size>', description: 'sign files in parts of this size, for example 1 GB; hashes them' },
    ],
    examples: [
      { command: 'mlspec sign flights/production --to ./package', says: 'a package, and package.sig beside it' },
      {
        command: 'mlspec sign latest/splitting/train --out train.sig',
        says: 'a dataset, from the digests of the store',
      },
      { command: 'mlspec sign ./model --shard-size "1 GB"', says: 'any folder, large files in parts' },
    ],
    load: () => import('./commands/sign.ts'),
  },
  {
    name: 'approve',
    summary: 'sign that a registered model may go into production, or agree to a run as a further owner',
    arguments: [
      {
        form: '<model>',
        description:
          'MODEL, MODEL/VERSION or MODEL/ALIAS, default the latest version; as owner: a run, by id, name or latest',
      },
    ],
    options: [
      { flags: '--as <role>', description: 'approver (default): of a model; owner: of what one owner signed of a run' },
      { flags: '--alias <name>', description: 'the alias that it may have', default: 'production' },
      { flags: '--note <text>', description: 'why, in words; stands in the signed statement' },
    ],
    examples: [
      { command: 'mlspec approve flights/1.0.0', says: 'sign with your key of the role approver' },
      { command: 'mlspec keys trust --threshold approver=2', says: 'from now on, production takes two approvals' },
      {
        command: 'mlspec approve latest --as owner',
        says: 'agree to what the last run had to be, with your key of that role',
      },
    ],
    load: () => import('./commands/approve.ts'),
  },
  {
    name: 'erase',
    summary: 'take content out of the store for good, and state that it was erased',
    arguments: [
      { form: '<digest...>', description: 'whole digests of artifacts, as mlspec ls artifacts --json shows them' },
    ],
    options: [
      { flags: '--why <text>', description: 'the reason; stands in the signed statement, without personal data' },
      { flags: '--yes', description: 'do it; without, only say what would go' },
    ],
    examples: [
      { command: 'mlspec erase sha256:… --why "request 17"', says: 'what would go, and which runs name it' },
      { command: 'mlspec erase sha256:… --why "request 17" --yes', says: 'verify then says erased, not tampered' },
    ],
    load: () => import('./commands/erase.ts'),
  },
  {
    name: 'export',
    summary: 'write a run as one folder that carries its own proof, or as a file in another format',
    arguments: [
      { form: '<run>', description: 'a run' },
      { form: '<target>', description: 'where to: a new or empty folder; with --as a file' },
    ],
    options: [
      {
        flags: '--as <format>',
        description:
          'cyclonedx, model-card, openlineage, croissant, spdx, mlschema, mlschema-turtle or fair4ml; mlspec-original for what import recorded',
      },
    ],
    examples: [
      { command: 'mlspec export latest ./evidence', says: 'for mlspec verify ./evidence, anywhere' },
      {
        command: 'mlspec export latest model.cdx.json --as cyclonedx',
        says: 'a bill of materials, bound to the model',
      },
    ],
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'reproduce',
    summary: 'carry an exported run out again, and compare what it leaves, digest by digest',
    arguments: [{ form: '<folder>', description: 'the folder of an exported run' }],
    options: [
      { flags: '--into <folder>', description: 'a new folder, in which it is carried out; default reproduced' },
      { flags: '--files <folder>', description: 'where the sources of its data lie; default this folder' },
      { flags: '--tolerance <number>', description: 'by how much numbers may differ; default as the declaration says' },
      { flags: '--untrusted', description: 'carry its code out though you do not trust who signed it' },
    ],
    examples: [
      { command: 'mlspec reproduce ./evidence', says: 'with the data below this folder; exit code 6 where it differs' },
      { command: 'mlspec reproduce ./evidence --into again --files ../flights', says: 'data and result elsewhere' },
    ],
    load: () => import('./commands/reproduce.ts'),
  },
  {
    name: 'keys',
    summary: 'the keys that sign, and whose signatures count',
    arguments: [
      {
        form: '<action>',
        description: 'new, list, show, trust, rotate or revoke',
        words: ['new', 'list', 'show', 'trust', 'rotate', 'revoke'],
      },
      { form: '[name]', description: 'name or id of a key' },
    ],
    options: [
      { flags: '--role <role>', description: 'owner, runner, validator, approver, log or witness', many: true },
      {
        flags: '--algorithm <name>',
        description: 'of a new key',
        choices: ['p256', 'p384', 'p521', 'ed25519'],
        default: 'p256',
      },
      { flags: '--file <pem>', description: 'with trust: the public key' },
      {
        flags: '--threshold <role=n>',
        description: 'with trust: so many different owners, approvers or witnesses must sign',
      },
      { flags: '--keep-logged', description: 'with revoke: what the log of this project holds by now stays good' },
      { flags: '--yes', description: 'do not ask' },
    ],
    examples: [
      { command: 'mlspec keys list', says: 'own and trusted keys' },
      {
        command: 'mlspec keys trust reviewer --file reviewer.pem --role approver',
        says: "count a colleague's signature",
      },
    ],
    load: () => import('./commands/keys.ts'),
  },
  {
    name: 'log',
    summary: 'verify the log that every statement enters, watch it, and have witnesses sign it',
    arguments: [
      {
        form: '<action>',
        description: 'verify, publish, monitor, cosign or witness',
        words: ['verify', 'publish', 'monitor', 'cosign', 'witness'],
      },
      {
        form: '[more...]',
        description:
          'monitor: the folder of a log; cosign: addresses of witnesses; witness: where it remembers what it saw',
      },
    ],
    options: [
      { flags: '--repair', description: 'verify: write the files of the log again from the record first' },
      { flags: '--once', description: 'monitor: look once; exit code 6 where something is wrong' },
      { flags: '--interval <seconds>', description: 'monitor: how often', default: '60' },
      { flags: '--port <port>', description: 'witness: where it listens; 0: any free one', default: '8787' },
      { flags: '--host <host>', description: 'witness: the address that it listens on', default: '127.0.0.1' },
    ],
    examples: [
      { command: 'mlspec log verify', says: 'statements, entries, tiles, checkpoint, signatures' },
      { command: 'mlspec log publish', says: 'take in what others wrote into the record who do not have the key' },
      { command: 'mlspec log monitor --once', says: 'has it only grown since the last look, and who signed?' },
      { command: 'mlspec log witness ./witness', says: 'be a witness of the logs whose keys are trusted here' },
      { command: 'mlspec log cosign http://127.0.0.1:8787', says: 'have a witness sign the checkpoint' },
    ],
    load: () => import('./commands/log.ts'),
  },
];

/** What is written about a run for people. */
export const reportCommand: CommandDefinition = {
  name: 'report',
  summary: 'write a page about a run, a governance report, or the card of a model, that works without network',
  description:
    'Writes one HTML page about a run. With governance before the run: a report after a template, of which every cell is verified, declared, missing or human. With card before a model: what it is for, its data, metrics, limits and evidence.',
  arguments: [
    {
      form: '[what]',
      description: 'governance or card, where a run or model follows; else a run; default latest',
      words: ['governance', 'card', 'latest'],
    },
    { form: '[about]', description: 'governance: a run; card: MODEL, MODEL/VERSION, MODEL/ALIAS or a run' },
  ],
  options: [
    {
      flags: '--out <file>',
      description: 'where to; default report.html, governance.html or card.html, ending in .md or .json with --as',
    },
    {
      flags: '--template <name>',
      description:
        'governance: eu-ai-act-annex-iv, nist-ai-rmf (default), or a file of your own; card: a file of your own',
    },
    { flags: '--as <form>', description: 'governance, card: default html', choices: ['html', 'markdown', 'json'] },
    { flags: '--answers <file>', description: 'governance, card: what people say to cells' },
  ],
  examples: [
    { command: 'mlspec report latest --out report.html', says: 'graph, statistics, metrics, curves, verdicts' },
    {
      command: 'mlspec report governance latest --template nist-ai-rmf',
      says: 'what is proved, what is only declared, and what is missing',
    },
    { command: 'mlspec report card flights/production --as markdown', says: 'the card of a registered model' },
  ],
  load: () => import('./commands/report.ts'),
};
