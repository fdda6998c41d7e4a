import { isDigest } from '../../encoding/index.ts';
import type { Plan } from '../../pipeline/index.ts';
import { keptFileType, predecessors } from '../../pipeline/index.ts';
import { type CrossValidated, readCrossValidation } from '../cross-validation.ts';
import type { ProjectRecord } from '../project-record.ts';
import { lastAttempts, type RecordedRun, type RecordedStep, readJsonOutput, readRun } from '../records.ts';
import type { SummaryGate } from '../summary.ts';
import { programVersion } from '../version.ts';
import { type FoldsShape, readFolds } from './folds-section.ts';
import { type JudgedShape, readJudged } from './history-section.ts';
import { type InspectionShape, readInspection } from './inspection-section.ts';
import { readSplit, type SplitShape } from './parts-section.ts';
import { type RefitsShape, readRefits } from './refits-section.ts';

/** A measured value as evaluation writes it. */
export interface MeasuredShape {
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number; readonly method: string } | null;
}

type Measurements = Readonly<Record<string, MeasuredShape>>;

/** What a report takes of evaluation. */
export interface EvaluationShape {
  readonly on: string;
  readonly rowCount: number;
  readonly classes: readonly (string | number | boolean)[] | null;
  readonly metrics: Measurements;
  readonly baselines?: Readonly<Record<string, Measurements>>;
  readonly slices: readonly {
    readonly slice: string;
    readonly value: string;
    readonly rowCount: number;
    readonly metrics: Measurements;
  }[];
  readonly confusion: readonly (readonly number[])[] | null;
  readonly curves: {
    readonly roc: readonly (readonly number[])[];
    readonly precisionRecall: readonly (readonly number[])[];
    readonly calibration: readonly (readonly number[])[];
  } | null;
  readonly overfitting?: {
    readonly metric: string;
    readonly trainRowCount: number;
    readonly train: MeasuredShape;
    readonly part: MeasuredShape;
    readonly gap: MeasuredShape;
    readonly mostGap: number;
    readonly verdict: string;
  };
  readonly importance: readonly { readonly feature: string; readonly drop: number; readonly metric: string }[] | null;
  readonly objectives?: Readonly<
    Record<
      string,
      { readonly that: string; readonly gate: string; readonly value: number | null; readonly met: boolean | null }
    >
  >;
}

interface HistogramShape {
  readonly edges: readonly (number | string)[];
  readonly counts: readonly number[];
}

/** What a report takes of the statistics of a column. */
export interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly missingCount: number;
  readonly distinctCount: number;
  readonly numbers: {
    readonly mean: number | null;
    readonly standardDeviation: number | null;
    readonly min: number | null;
    readonly max: number | null;
    readonly histogram: HistogramShape | null;
  } | null;
  readonly times: {
    readonly min: string | null;
    readonly max: string | null;
    readonly histogram: HistogramShape | null;
  } | null;
  readonly top: readonly { readonly value: string | number | boolean; readonly count: number }[];
}

/** Everything that a report shows. */
export interface ReportData {
  readonly version: string;
  readonly recorded: RecordedRun;
  readonly plan: readonly { readonly name: string; readonly needs: readonly string[] }[];
  readonly evaluation: EvaluationShape | null;
  readonly split: SplitShape | null;
  readonly inspection: InspectionShape | null;
  readonly refits: RefitsShape | null;
  readonly folds: FoldsShape | null;
  readonly crossValidation: CrossValidated | null;
  /** Values that validation held against earlier runs. */
  readonly judged: readonly JudgedShape[];
  readonly statistics: readonly {
    readonly part: string;
    readonly rowCount: number;
    readonly columns: readonly ColumnShape[];
  }[];
  readonly verdicts: readonly (SummaryGate & { readonly part?: string })[];
  /** Kept files that are pictures and small: STEP/PORT and a `data:` address. */
  readonly pictures: readonly { readonly name: string; readonly data: string }[];
}

const maximumPictureBytes = 1024 * 1024;
const maximumPictures = 24;
/** What files of pictures that no browser runs anything of begin with. */
const pictureTypes = [
  { type: 'image/png', start: Buffer.from('89504e470d0a1a0a', 'hex') },
  { type: 'image/jpeg', start: Buffer.from('ffd8ff', 'hex') },
] as const;
const maximumPlanBytes = 64 * 1024 * 1024;
/** The part that is shown; the statistics of the others are in the record. */
const shownPart = 'train';

/** Reads what a report needs from the record. Sealed reports are never read. */
export async function readReport(record: ProjectRecord, name: string): Promise<ReportData> {
  const recorded = await readRun(record, name);
  const attempts = lastAttempts(recorded);
  const ofStage = (stage: string) => [...attempts.values()].filter((step) => step.execution.kind === stage);
  const verdicts = await Promise.all(
    ofStage('testing').map((step) => readJsonOutput<ReportData['verdicts'][number]>(record, step, 'verdict')),
  );
  return {
    version: programVersion,
    recorded,
    plan: await readPlan(record, recorded),
    evaluation: await readJsonOutput<EvaluationShape>(record, ofStage('evaluation')[0], 'metrics'),
    split: await readSplit(record, {
      splitting: ofStage('splitting')[0],
      analysis: ofStage('analysis')[0],
      validation: ofStage('validation')[0],
    }),
    refits: await readRefits(record, ofStage('refitting')),
    inspection: await readInspection(record, ofStage('inspection')[0]),
    folds: await readFolds(record, attempts.get('splitting/folds')),
    crossValidation: await readCrossValidation(record, recorded),
    judged: await readJudged(record, ofStage('validation')[0]),
    statistics: await readStatistics(record, ofStage('analysis')[0]),
    verdicts: verdicts.filter((verdict) => verdict !== null),
    pictures: await readPictures(record, [...attempts.values()]),
  };
}

async function readPictures(record: ProjectRecord, steps: readonly RecordedStep[]): Promise<ReportData['pictures']> {
  const files = steps.flatMap(({ execution, outputs }) =>
    outputs
      .filter(({ artifact }) => artifact.type === keptFileType && artifact.kind === 'file')
      .filter(({ artifact }) => artifact.sizeBytes <= maximumPictureBytes)
      .map(({ port, artifact }) => ({ name: `${execution.step}/${port}`, digest: artifact.digest })),
  );
  const pictures: ReportData['pictures'][number][] = [];
  for (const { name, digest } of files) {
    if (pictures.length === maximumPictures) break;
    const bytes = await record.artifacts.read(digest).catch(() => Buffer.of());
    const known = pictureTypes.find(({ start }) => bytes.subarray(0, start.length).equals(start));
    if (known !== undefined) pictures.push({ name, data: `data:${known.type};base64,${bytes.toString('base64')}` });
  }
  return pictures;
}

async function readPlan(record: ProjectRecord, { run }: RecordedRun): Promise<ReportData['plan']> {
  const digest = run.details['plan'];
  if (!isDigest(digest)) return [];
  const text = (await record.artifacts.read(digest, { maxBytes: maximumPlanBytes })).toString('utf8');
  return (JSON.parse(text) as Plan).steps.map((step) => ({ name: step.name, needs: predecessors(step) }));
}

async function readStatistics(
  record: ProjectRecord,
  analysis: Parameters<typeof readJsonOutput>[1],
): Promise<ReportData['statistics']> {
  const read = await readJsonOutput<{
    parts: Record<string, { rowCount: number; columns: ColumnShape[] }>;
  }>(record, analysis, 'statistics');
  const parts = Object.entries(read?.parts ?? {}).map(([part, statistics]) => ({ part, ...statistics }));
  const [wanted] = parts.filter(({ part }) => part === shownPart);
  return wanted === undefined ? parts.slice(0, 1) : [wanted];
}
