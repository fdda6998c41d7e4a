import { canonicalJson, type JsonValue } from '../encoding/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, type RecordedRun, readJsonOutput, readRun, withRecord } from './records.ts';

/** One thing of two runs, side by side. */
export interface DiffRow {
  readonly group: 'parameters' | 'data' | 'code' | 'environment' | 'metrics' | 'verdicts' | 'steps';
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly isEqual: boolean;
}

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

async function factsOf(record: ProjectRecord, run: RecordedRun): Promise<Map<string, string>> {
  const facts = new Map<string, string>();
  const put = (group: DiffRow['group'], name: string, value: JsonValue | undefined): void => {
    facts.set(
      JSON.stringify([group, name]),
      value === undefined || value === null ? '' : typeof value === 'string' ? value : canonicalJson(value),
    );
  };
  for (const [name, value] of Object.entries(run.run.params)) put('parameters', `--param ${name}`, value);
  for (const [step, { execution, outputs }] of lastAttempts(run)) {
    if (execution.kind === 'training' || execution.kind === 'steps')
      for (const [name, value] of Object.entries(execution.params)) put('parameters', `${step}.${name}`, value);
    for (const output of outputs)
      if (/Dataset$/.test(output.artifact.type))
        put('data', `${step}.${output.port}`, output.artifact.digest.slice(7, 19));
    const original =
      execution.cachedFrom === null ? execution : await record.metadata.getExecution(execution.cachedFrom);
    const files = (original.code['files'] ?? {}) as Record<string, string>;
    for (const [path, digest] of Object.entries(files))
      if (!path.startsWith('program:')) put('code', path, digest.slice(7, 19));
    const lock = original.environment?.['lock'] as
      | { packages?: Record<string, string>; image?: string; id?: string }
      | undefined;
    if (lock?.image !== undefined) put('environment', `image ${lock.image}`, lock.id?.slice(7, 19));
    for (const [name, version] of Object.entries(lock?.packages ?? {})) put('environment', name, version);
  }
  const evaluation = await readJsonOutput<{ metrics: Record<string, { value: number | null }> }>(
    record,
    lastAttempts(run).get('evaluation'),
    'metrics',
  );
  for (const [name, { value }] of Object.entries(evaluation?.metrics ?? {}))
    put('metrics', name, value === null ? 'undefined' : Number(value.toPrecision(6)));
  for (const [step, found] of lastAttempts(run)) {
    if (found.execution.kind !== 'testing') continue;
    const verdict = await readJsonOutput<{ verdict: string }>(record, found, 'verdict');
    put('verdicts', step, verdict?.verdict ?? found.execution.state);
  }
  return facts;
}
