import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acceptedAs,
  type CheckHistory,
  idOfParts,
  measuredValues,
  type ReadHistory,
  readHistory,
  type SeriesPoint,
} from '../../data-quality/index.ts';
import { parseInstant } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { ValidationParams } from './plan.ts';
import type { ValidationReport } from './result.ts';

/** A report of an earlier run, and when what it tells was measured. */
interface EarlierReport {
  readonly at: string;
  /** The id of its data; null where they were not recorded. */
  readonly id: string | null;
  readonly isValid: boolean;
  readonly parts: ValidationReport['parts'];
}

/** What checks of each part are judged against. */
export type HistoryOfPart = (part: string) => CheckHistory;

/**
 * The values of earlier runs, from their reports. Those of runs whose data were not as declared do not count unless they were accepted as usual, an accepted exception keeps
 * its place without a value, and the same data count once, when they came first. A value has the moment that its run declared as `as_of`, else that of its record; what is
 * later than the one declared now does not count.
 */
export async function earlierValues(context: StepContext, params: ValidationParams): Promise<HistoryOfPart> {
  const { as_of, parts: names } = params;
  const said = await readAccepted(context, params);
  const own = idOfParts(names.map((part) => context.inputs[part]![0]!.digest));
  const atMs = as_of === null ? null : parseInstant(as_of);
  const before = (await readReports(context))
    .filter(({ at }) => atMs === null || Date.parse(at) <= atMs)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (part) => {
    const measured = before.map(({ parts, ...report }) => ({
      ...report,
      values: measuredValues(parts[part]?.checks ?? []),
    }));
    return {
      atMs,
      acceptedOf: ({ that }) => acceptedAs(said, { id: own }, that)?.why ?? null,
      seriesOf: ({ that, where }) => {
        const seen = new Set<string>();
        return measured.flatMap(({ at, id, isValid, values }): SeriesPoint[] => {
          const found = values.find((one) => one.that === that && one.where === where);
          const as = id === null ? undefined : acceptedAs(said, { id }, that)?.as;
          const counts = isValid || as === 'usual';
          if (found === undefined || !counts || (id !== null && seen.has(id))) return [];
          if (id !== null) seen.add(id);
          return [{ at, value: as === 'exception' ? null : found.value }];
        });
      },
    };
  };
}

async function readReports(context: StepContext): Promise<EarlierReport[]> {
  const reports: EarlierReport[] = [];
  for (const { path, properties } of context.inputs['earlier'] ?? []) {
    const { verdict, parts } = JSON.parse(await readFile(path, 'utf8')) as ValidationReport;
    const digests = properties['madeFrom'];
    reports.push({
      at: String(properties['at'] ?? properties['recordedAt']),
      id: digests === undefined ? null : idOfParts(digests as string[]),
      isValid: verdict === 'valid',
      parts,
    });
  }
  return reports;
}

/** What people said of unusual values; a file that is not there yet says nothing. */
async function readAccepted(
  context: StepContext,
  { accepted }: ValidationParams,
): Promise<Pick<ReadHistory, 'accepted'>> {
  if (accepted === undefined) return { accepted: [] };
  const text = await readFile(join(context.projectRoot, accepted), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw cause;
  });
  const read = readHistory(text);
  if (read.damaged.length > 0)
    context.log('warn', `${accepted}: lines that cannot be read and take no part: ${read.damaged.join(', ')}`);
  return read;
}
