import { readFile } from 'node:fs/promises';
import { type CheckHistory, measuredValues, type SeriesPoint } from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue, parseInstant } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { ValidationParams } from './plan.ts';
import type { ValidationReport } from './result.ts';

/** A report of an earlier run, and when what it tells was measured. */
interface EarlierReport {
  readonly at: string;
  /** What its data were; null where that was not recorded. */
  readonly madeFrom: string | null;
  readonly parts: ValidationReport['parts'];
}

/** What checks of each part are judged against. */
export type HistoryOfPart = (part: string) => CheckHistory;

/**
 * The values of earlier runs, from their reports. Those of runs whose data were not as declared do not count, and the same data count once, when
 * they came first. A value has the moment that its run declared as `as_of`, else that of its record; what is later than the one declared now
 * does not count.
 */
export async function earlierValues(context: StepContext, { as_of }: ValidationParams): Promise<HistoryOfPart> {
  const reports: EarlierReport[] = [];
  for (const { path, properties } of context.inputs['earlier'] ?? []) {
    const report = JSON.parse(await readFile(path, 'utf8')) as ValidationReport;
    const at = String(properties['at'] ?? properties['recordedAt']);
    const digests = properties['madeFrom'];
    const madeFrom = digests === undefined ? null : canonicalJson(digests as JsonValue);
    if (report.verdict === 'valid') reports.push({ at, madeFrom, parts: report.parts });
  }
  const atMs = as_of === null ? null : parseInstant(as_of);
  const before = reports
    .filter(({ at }) => atMs === null || Date.parse(at) <= atMs)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (part) => {
    const measured = before.map(({ parts, ...report }) => ({
      ...report,
      values: measuredValues(parts[part]?.checks ?? []),
    }));
    return {
      atMs,
      acceptedOf: () => null,
      seriesOf: ({ that, where }) => {
        const seen = new Set<string>();
        return measured.flatMap(({ at, madeFrom, values }): SeriesPoint[] => {
          const found = values.find((one) => one.that === that && one.where === where);
          if (found === undefined || (madeFrom !== null && seen.has(madeFrom))) return [];
          if (madeFrom !== null) seen.add(madeFrom);
          return [{ at, value: found.value }];
        });
      },
    };
  };
}
