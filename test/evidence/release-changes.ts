/*
 * Changes of a finished release, each with the rules whose business it is to find it.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { filesBelow, flip, type Said, type Spoilt } from './spoilt-release.ts';

/** What is changed, how, and the rules that have to find it. */
export type Change = readonly [what: string, change: (at: Spoilt) => Promise<unknown>, rules: readonly string[]];

/** Rows of the release. */
export const ofRun = (at: Spoilt): string => `run_id = '${at.run}'`;
/** Rows of a step of the release. */
export const ofStep = (at: Spoilt, step: string): string =>
  `execution_id = (select id from executions where ${ofRun(at)} and step = '${step}')`;
const inRecord = (column: string, from: string, to: string, step: string) => (at: Spoilt) =>
  at.sql(
    `update executions set ${column} = replace(${column}, '${from}', '${to}') where ${ofRun(at)} and step = '${step}' and ${column} like '%${from}%'`,
  );
const statementOf = (at: Spoilt, type: string): string => `${ofRun(at)} and predicate_type like '%${type}%'`;
const inLog = (at: Spoilt, name: RegExp) => async (change: (path: string) => Promise<void>) => {
  const files = (await filesBelow(join(at.state, 'log'))).filter((path) => name.test(path));
  await change(join(at.state, 'log', files.at(-1)!));
};
const inTrust = async (at: Spoilt, change: (keys: Said[]) => unknown): Promise<void> => {
  const path = join(at.keysDir, 'trust.json');
  const trust = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...trust, keys: change(trust.keys) }));
};
const gateOf = ({ predicate }: Said): Said => predicate.mlspec_gate;

/** Whoever can write to the project, and has no key. */
export const oneBit: readonly Change[] = [
  ['dataset', async (at) => flip(await at.fileOf('splitting', 'train')), ['artifacts/whole']],
  ['sealed dataset', async (at) => flip(await at.fileOf('splitting', 'test')), ['artifacts/whole']],
  ['measured metrics', async (at) => flip(await at.fileOf('evaluation', 'metrics')), ['artifacts/whole']],
  ['model file', async (at) => flip(await at.fileOf('training', 'model')), ['artifacts/whole']],
  ['package', async (at) => flip(await at.fileOf('packaging', 'package')), ['artifacts/whole']],
  ['verdict', async (at) => flip(await at.fileOf('testing/promotion', 'verdict')), ['artifacts/whole']],
  ['what a step printed', async (at) => flip(await at.fileOf('notes', 'logs/stdout')), ['artifacts/whole']],
  [
    'metric on record',
    (at) => at.sql(`update metrics set value = value + 1e-9 where name = 'read' and ${ofStep(at, 'notes')}`),
    ['record/agrees'],
  ],
  ['parameter on record', inRecord('params', '"depth":3', '"depth":2', 'notes'), ['record/agrees']],
  [
    'digest of code on record',
    inRecord('code', '"train.ts":"sha256:', '"train.tt":"sha256:', 'training'),
    ['record/agrees'],
  ],
  ['environment lock on record', inRecord('environment', '"python":"3', '"python":"2', 'notes'), ['record/agrees']],
  ['state on record', (at) => at.sql(`update runs set state = 'FAILED' where id = '${at.run}'`), ['record/agrees']],
  [
    'parameter of the run on record',
    (at) => at.sql(`update runs set params = '{"far":"11"}' where id = '${at.run}'`),
    ['record/agrees'],
  ],
  [
    'digest of an artifact on record',
    (at) => at.sql(`update artifacts set digest = replace(digest, 'sha256:', 'sha256:0') where type = 'Model'`),
    ['record/agrees'],
  ],
  [
    'payload of an execution',
    (at) => at.sql(`update statements set body = replace(body, '"seed":', '"seed":1') where ${ofStep(at, 'training')}`),
    ['statements/signed', 'run/ended', 'steps/complete'],
  ],
  ...(
    [
      ['layout:v1', '"maySkip":false', '"maySkip":true', 'layout/signed'],
      ['objectives:v1', '"uses":4', '"uses":5', 'objectives/committed'],
      ['test-result', '"result":"PASSED"', '"result":"PASSEE"', 'steps/attested'],
      ['split:v1', '"verdict":"none"', '"verdict":"nond"', 'steps/attested'],
      ['run:v1', '"state":"COMPLETE"', '"state":"COMPLETF"', 'run/ended'],
    ] as const
  ).map(([type, from, to, rule]): Change => {
    const change = (at: Spoilt) =>
      at.sql(
        `update run_statements set body = replace(body, '${from}', '${to}') where ${statementOf(at, type)} and body like '%${from}%'`,
      );
    return [`payload of ${type}`, change, [rule]];
  }),
  [
    'signature of an execution',
    (at) =>
      at.sql(
        `update statements set signatures = replace(signatures, '"sig":"M', '"sig":"N') where ${ofStep(at, 'training')}`,
      ),
    ['statements/signed'],
  ],
  [
    'signature of the layout',
    (at) =>
      at.sql(
        `update run_statements set signatures = replace(signatures, '"sig":"M', '"sig":"N') where ${statementOf(at, 'layout:v1')}`,
      ),
    ['layout/signed'],
  ],
  ['public key', (at) => flip(join(at.keysDir, 'trust.json'), '"publicKey"'), ['PROVENANCE_TRUST_BAD']],
  ['log tile', (at) => inLog(at, /tile\/0\//)((path) => flip(path)), ['log/holds']],
  ['log bundle', (at) => inLog(at, /tile\/entries\//)((path) => flip(path)), ['log/holds']],
  ['checkpoint', (at) => inLog(at, /checkpoint$/)((path) => flip(path)), ['log/holds']],
];

const other = newSigner();
/** Signed with the real keys and logged in their place: whoever holds the keys, and lies. */
export const signed: readonly Change[] = [
  [
    'a layout that has expired',
    (at) =>
      at.forge({ type: 'layout:v1' }, ({ predicate }) =>
        Object.assign(predicate, { expires: '2026-01-01T00:00:00.000Z' }),
      ),
    ['layout/fresh'],
  ],
  [
    'a layout signed by somebody else',
    (at) => at.forge({ type: 'layout:v1' }, () => undefined, other),
    ['layout/signed'],
  ],
  [
    'a step signed by somebody else',
    (at) => at.forge({ type: 'provenance', step: 'training' }, () => undefined, other),
    ['statements/signed', 'steps/complete'],
  ],
  [
    'a gate signed by somebody else',
    (at) => at.forge({ type: 'test-result', step: 'testing/promotion' }, () => undefined, other),
    ['statements/signed', 'steps/attested'],
  ],
  [
    'the hold-back part used again and again',
    (at) =>
      at.forge({ type: 'test-result', step: 'testing/promotion' }, (said) => {
        const gate = gateOf(said);
        gate.ledger = Array.from({ length: gate.uses + 1 }, (_, place) => ({ ...gate.ledger[0], place }));
      }),
    ['sealed/uses'],
  ],
  [
    'the hold-back part used under other objectives before',
    (at) =>
      at.forge({ type: 'test-result', step: 'testing/promotion' }, (said) => {
        const gate = gateOf(said);
        gate.ledger.unshift({ ...gate.ledger[0], commitment: `sha256:${'0'.repeat(64)}` });
      }),
    ['objectives/committed'],
  ],
  [
    'the hold-back part read in training',
    (at) =>
      at.forge({ type: 'provenance', step: 'training' }, ({ predicate }) => {
        const read = predicate.buildDefinition.resolvedDependencies;
        read.push({
          name: 'input/more',
          digest: { sha256: '0'.repeat(64) },
          annotations: { mlspec_type: 'SealedDataset', mlspec_kind: 'file', mlspec_sizeBytes: 1 },
        });
      }),
    ['sealed/gates-only', 'flow/inputs', 'record/agrees'],
  ],
  [
    'other objectives than the gate had',
    (at) =>
      at.forge({ type: 'objectives:v1' }, ({ subject }) => {
        subject[0].digest.sha256 = '0'.repeat(64);
      }),
    ['objectives/committed'],
  ],
  [
    'a parameter',
    (at) =>
      at.forge({ type: 'provenance', step: 'notes' }, ({ predicate }) => {
        predicate.buildDefinition.externalParameters.params.depth = 2;
      }),
    ['steps/parameters', 'record/agrees'],
  ],
  [
    'parts that overlap',
    (at) =>
      at.forge({ type: 'split:v1' }, ({ predicate }) => {
        predicate.manifest.overlap = { keysInSeveralParts: 1, verdict: 'found' };
      }),
    ['split/disjoint'],
  ],
  [
    'a rejected model that was packaged',
    (at) =>
      at.forge({ type: 'test-result', step: 'testing/promotion' }, ({ predicate }) => {
        predicate.result = 'FAILED';
      }),
    ['gates/heeded'],
  ],
  [
    'statements in another order',
    async (at) => {
      const [layout] = await at.query(`select log_place from run_statements where ${statementOf(at, 'layout:v1')}`);
      const [step] = await at.query(`select log_place from statements where ${ofStep(at, 'ingestion')}`);
      const [a, b] = [layout!['log_place'], step!['log_place']];
      await at.sql(
        `update log_entries set place = -1 where place = ${a}`,
        `update log_entries set place = ${a} where place = ${b}`,
        `update log_entries set place = ${b} where place = -1`,
        `update run_statements set log_place = ${b} where log_place = ${a}`,
        `update statements set log_place = ${a} where log_place = ${b}`,
      );
      await at.publish();
    },
    ['log/order'],
  ],
];

/** Statements and keys that are others than they were. */
export const others: readonly Change[] = [
  [
    'a statement of the run after it in the place of one',
    (at) => {
      const from = (column: string): string =>
        `(select ${column} from statements where run_id = '${at.again}' and body like '%"step":"training"%')`;
      const columns = ['body', 'signatures', 'digest', 'log_place'].map((column) => `${column} = ${from(column)}`);
      return at.sql(`update statements set ${columns.join()} where ${ofStep(at, 'training')}`);
    },
    ['run/ended', 'steps/complete', 'log/complete'],
  ],
  [
    'places in the log exchanged',
    (at) =>
      at.sql(
        `update statements set log_place = 1 where ${ofStep(at, 'training')}`,
        `update statements set log_place = 0 where ${ofStep(at, 'notes')}`,
      ),
    ['log/holds', 'log/order'],
  ],
  [
    'a key that is not trusted any more',
    (at) => inTrust(at, (keys) => keys.filter(({ name }) => name !== 'default')),
    ['layout/signed'],
  ],
  [
    'a log key that is not trusted any more',
    (at) => inTrust(at, (keys) => keys.filter(({ name }) => name !== 'log')),
    ['log/holds'],
  ],
  [
    'a key exchanged for another',
    (at) =>
      inTrust(at, (keys) =>
        keys.map((key) =>
          key.name === 'default'
            ? { ...key, keyId: other.keyId, publicKey: other.publicKey, algorithm: other.algorithm }
            : key,
        ),
      ),
    ['layout/signed'],
  ],
  ['no list of trusted keys', (at) => rm(join(at.keysDir, 'trust.json')), ['layout/signed', 'log/holds']],
];

/** By which rule a statement is missed, by its type. */
const missedBy: readonly (readonly [type: string, rule: string])[] = [
  ['layout:v1', 'layout/signed'],
  ['objectives:v1', 'objectives/committed'],
  ['slsa.dev/provenance', 'run/ended'],
  ['test-result', 'steps/attested'],
  ['split:v1', 'steps/attested'],
  ['predicate:run:v1', 'run/ended'],
  ['svr', 'log/complete'],
];
/** The rule that misses a statement, by its text. */
export const ruleThatMisses = (body: string): string => {
  const { predicateType } = JSON.parse(body) as { predicateType: string };
  return missedBy.find(([type]) => predicateType.includes(type))![1];
};
