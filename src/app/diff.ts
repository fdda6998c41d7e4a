import { canonicalJson, type JsonObject, type JsonValue } from '../encoding/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, type RecordedRun, type RecordedStep, readJsonOutput, readRun, withRecord } from './records.ts';

/** What things are put side by side under, in the order in which they are told. */
export const diffGroups = ['parameters', 'data', 'code', 'environment', 'metrics', 'objectives', 'verdicts'] as const;

/** One thing of two runs, side by side. */
export interface DiffRow {
  readonly group: (typeof diffGroups)[number];
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly isEqual: boolean;
}

/** One thing of one run. */
type Fact = readonly [group: DiffRow['group'], name: string, value: JsonValue | undefined];

/** Two runs side by side. */
export async function diffRuns(
  config: Config,
  names: { readonly a: string; readonly b: string },
): Promise<{ readonly a: string; readonly b: string; readonly rows: readonly DiffRow[] }> {
  return await withRecord(config, async (record) => {
    const [a, b] = [await readRun(record, names.a), await readRun(record, names.b)];
    const [left, right] = [await factsOf(record, a), await factsOf(record, b)];
    const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
    const rows = keys.map((key): DiffRow => {
      const [group, name] = JSON.parse(key) as [DiffRow['group'], string];
      const [x, y] = [left.get(key) ?? '', right.get(key) ?? ''];
      return { group, name, a: x, b: y, isEqual: x === y };
    });
    return { a: a.run.id, b: b.run.id, rows };
  });
}

/** What is said of a run, by group and name as one text. */
async function factsOf(record: ProjectRecord, run: RecordedRun): Promise<Map<string, string>> {
  const steps = [...lastAttempts(run)];
  const facts: Fact[] = [
    ...Object.entries(run.run.params).map(([name, value]): Fact => ['parameters', `--param ${name}`, value]),
    ...steps.flatMap(([name, { execution }]) => settingsOf(name, execution.params)),
    ...steps.flatMap(([name, step]) => dataOf(name, step)),
    ...(await Promise.all(steps.map(([, step]) => codeAndEnvironmentOf(record, step)))).flat(),
    ...(await measuredOf(record, lastAttempts(run).get('evaluation'))),
    ...(await Promise.all(steps.map(([name, step]) => verdictOf(record, name, step)))).flat(),
  ];
  return new Map(facts.map(([group, name, value]) => [JSON.stringify([group, name]), textOf(value)]));
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** Every value that a step was given, under the path at which it stands; of a list of named things under their names. */
function settingsOf(path: string, value: JsonValue | undefined): Fact[] {
  if (value === null || typeof value !== 'object') return [['parameters', path, value]];
  const inner = Array.isArray(value) ? value.map((one, index) => [nameOf(one) ?? index, one] as const) : null;
  if (inner?.some(([name]) => typeof name === 'number')) return [['parameters', path, value]];
  return (inner ?? Object.entries(value as JsonObject)).flatMap(([name, one]) => settingsOf(`${path}.${name}`, one));
}

function nameOf(value: JsonValue): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const { name } = value as JsonObject;
  return typeof name === 'string' ? name : null;
}

function dataOf(name: string, { outputs }: RecordedStep): Fact[] {
  const tables = outputs.filter(({ artifact }) => artifact.type.endsWith('Dataset'));
  return tables.map(({ port, artifact }) => ['data', `${name}.${port}`, shortDigest(artifact.digest)]);
}

async function codeAndEnvironmentOf(record: ProjectRecord, { execution }: RecordedStep): Promise<Fact[]> {
  const original = execution.cachedFrom === null ? execution : await record.metadata.getExecution(execution.cachedFrom);
  const files = Object.entries((original.code['files'] ?? {}) as Record<string, string>);
  const lock = (original.environment?.['lock'] ?? {}) as {
    readonly packages?: Record<string, string>;
    readonly image?: string;
    readonly id?: string;
  };
  return [
    ...files
      .filter(([path]) => !path.startsWith('program:'))
      .map(([path, digest]): Fact => ['code', path, shortDigest(digest)]),
    ...(lock.image === undefined
      ? []
      : [['environment', `image ${lock.image}`, lock.id && shortDigest(lock.id)] satisfies Fact]),
    ...Object.entries(lock.packages ?? {}).map(([name, version]): Fact => ['environment', name, version]),
  ];
}

interface EvaluationShape {
  readonly metrics: Readonly<Record<string, { readonly value: number | null }>>;
  readonly objectives?: Readonly<
    Record<string, { readonly that: string; readonly value: number | null; readonly met: boolean | null }>
  >;
}

async function measuredOf(record: ProjectRecord, evaluation: RecordedStep | undefined): Promise<Fact[]> {
  const found = await readJsonOutput<EvaluationShape>(record, evaluation, 'metrics');
  const objectives = Object.entries(found?.objectives ?? {});
  return [
    ...Object.entries(found?.metrics ?? {}).map(([name, { value }]): Fact => ['metrics', name, figure(value)]),
    ...objectives.flatMap(([name, { that, value, met }]): Fact[] => [
      ['objectives', name, that],
      ['objectives', `${name}: value`, value === null ? 'not measured' : figure(value)],
      ['objectives', `${name}: met`, met === null ? 'not measured' : met ? 'yes' : 'no'],
    ]),
  ];
}

async function verdictOf(record: ProjectRecord, name: string, step: RecordedStep): Promise<Fact[]> {
  if (step.execution.kind !== 'testing') return [];
  const found = await readJsonOutput<{ verdict: string }>(record, step, 'verdict');
  return [['verdicts', name, found?.verdict ?? step.execution.state]];
}

function figure(value: number | null): JsonValue {
  return value === null ? 'undefined' : Number(value.toPrecision(6));
}

function shortDigest(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
