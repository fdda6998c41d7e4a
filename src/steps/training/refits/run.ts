import { readFile, writeFile } from 'node:fs/promises';
import { canonicalJson, type JsonValue } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { judgeCurve, judgeShuffled, type Measured, metricNamed, type Skill } from '../../../metrics/index.ts';
import type { StepContext } from '../../../pipeline/index.ts';
import { testResult, testResultPredicateType } from '../../../provenance/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../../tables/index.ts';
import type { RefitReport } from '../result.ts';
import type { Refit, RefitJudgeParams, RefitRowsParams } from './plan.ts';

type Metrics = Readonly<Record<string, { readonly value: number | null; readonly interval: Measured['interval'] }>>;
type Told = NonNullable<RefitReport['shuffled']>['own'];

const shareScale = 1_000_000;

/**
 * Makes the rows of refits, or judges what came of them.
 * @throws PlatformError EVALUATION_LABELS_LEAK where that is declared to fail the run
 */
export async function runRefitting(context: StepContext): Promise<void> {
  const params = context.params as unknown as RefitRowsParams | RefitJudgeParams;
  if (params.does === 'rows') return await writeRows(await context.tables(), params, context);
  await judge(params, context);
}

async function writeRows(engine: QueryEngine, { label, refits }: RefitRowsParams, context: StepContext): Promise<void> {
  const input = context.inputs['train']![0]!;
  for (const refit of refits) {
    const output = context.outputs[refit.name]!;
    const sql = refit.isShuffled
      ? shuffledRows(parquetSource(input.path), label, refit.name)
      : sharedRows(parquetSource(input.path), refit);
    const { rowCount } = await engine.writeParquet(sql, output.path, { signal: context.signal });
    output.setProperties({ ...input.properties, rowCount });
  }
}

/** A share of the rows by a hash of their place: each share holds the smaller ones. */
function sharedRows(train: string, { share }: Refit): string {
  return `SELECT * FROM ${train} WHERE md5_number_lower(concat('share/', __row)) % ${shareScale} < ${Math.round(share! * shareScale)} ORDER BY __row`;
}

/** All rows, each with the label of another one: as many of each label as before. */
function shuffledRows(train: string, label: string, name: string): string {
  const column = quoteIdentifier(label);
  const placed = `SELECT *, row_number() OVER (ORDER BY __row) AS __place, row_number() OVER (ORDER BY md5_number_lower(concat('${name}/', __row)), __row) AS __other FROM ${train}`;
  return `WITH placed AS (${placed}) SELECT p.* EXCLUDE (__place, __other) REPLACE (o.${column} AS ${column}) FROM placed p JOIN placed o ON p.__other = o.__place ORDER BY p.__row`;
}

async function judge(params: RefitJudgeParams, context: StepContext): Promise<void> {
  const scores = await Promise.all(
    params.refits.map(async ({ name }) => {
      const found = context.inputs['scores']!.find(({ from }) => from.step === `refitting/score-${name}`)!;
      return JSON.parse(await readFile(found.path, 'utf8')) as { metrics: Metrics; constant: number | null };
    }),
  );
  const { metrics: own } = JSON.parse(await readFile(context.inputs['evaluation']![0]!.path, 'utf8')) as {
    metrics: Metrics;
  };
  const at = (isShuffled: boolean): number[] =>
    params.refits.flatMap((one, index) => (one.isShuffled === isShuffled ? [index] : []));
  const report: RefitReport = {
    on: params.on,
    curve: curveOf(
      params,
      {
        own,
        scores: at(false).map((index) => scores[index]!.metrics),
        refits: at(false).map((index) => params.refits[index]!),
      },
      context,
    ),
    shuffled: shuffledOf(
      own,
      at(true).map((index) => scores[index]!),
    ),
  };
  await writeFile(context.outputs['report']!.path, canonicalJson(report as unknown as JsonValue));
  conclude(report, params, context);
}

interface CurveWork {
  readonly own: Metrics;
  readonly scores: readonly Metrics[];
  readonly refits: readonly Refit[];
}

function curveOf(
  { metric: declared }: RefitJudgeParams,
  { own, scores, refits }: CurveWork,
  context: StepContext,
): RefitReport['curve'] {
  if (scores.length === 0) return null;
  const metric = declared ?? ['auc', 'accuracy', 'r2'].find((name) => own[name] != null) ?? Object.keys(own)[0]!;
  const rowsOf = (name: string): number =>
    Number(context.inputs['rows']!.find(({ from }) => from.port === name)?.properties['rowCount'] ?? 0);
  const points = refits.map(({ name, share }, index) => ({
    share: share!,
    rowCount: rowsOf(name),
    measured: told(scores[index]![metric]),
  }));
  const all = {
    share: 1,
    rowCount: Number(context.inputs['train']![0]!.properties['rowCount'] ?? 0),
    measured: told(own[metric]),
  };
  const facts = metricNamed(metric);
  const verdict =
    facts === null
      ? 'unclear'
      : judgeCurve({ share: toMeasured(points.at(-1)!.measured), all: toMeasured(all.measured) }, facts);
  return { metric, points: [...points, all], verdict };
}

function shuffledOf(
  own: Metrics,
  scores: readonly { readonly metrics: Metrics; readonly constant: number | null }[],
): RefitReport['shuffled'] {
  if (scores.length === 0) return null;
  const metric = own['r2'] == null ? 'brier' : 'r2';
  const constant = metric === 'r2' ? 0 : (scores[0]!.constant ?? Number.NaN);
  const skillOf = (measured: Told): Skill | null => {
    const { value, interval } = measured;
    if (value === null || interval === null || !Number.isFinite(constant)) return null;
    return metric === 'r2'
      ? { value, low: interval.low }
      : { value: 1 - value / constant, low: 1 - interval.high / constant };
  };
  const [refits, ownTold] = [scores.map(({ metrics }) => told(metrics[metric])), told(own[metric])];
  const [skills, ownSkill] = [refits.flatMap((one) => skillOf(one) ?? []), skillOf(ownTold)];
  const isKnown = ownSkill !== null && skills.length === refits.length;
  const asGood = isKnown ? skills.filter(({ value }) => value >= ownSkill.value).length : refits.length;
  return {
    metric,
    constant: Number.isFinite(constant) ? constant : 0,
    own: ownTold,
    refits,
    pValue: (1 + asGood) / (1 + refits.length),
    verdict: isKnown ? judgeShuffled(skills, ownSkill) : 'unclear',
  };
}

function told(measured: Metrics[string] | undefined): Told {
  return { value: measured?.value ?? null, interval: measured?.interval ?? null };
}

function toMeasured({ value, interval }: Told): Measured {
  return { value: value ?? Number.NaN, interval };
}

function conclude({ curve, shuffled, on }: RefitReport, { severity }: RefitJudgeParams, context: StepContext): void {
  const leaks = shuffled?.verdict === 'leaks';
  if (curve !== null) context.value('learning_curve', curve.verdict);
  if (shuffled !== null) context.value('shuffled_labels', shuffled.verdict);
  const message = `models that were fitted on shuffled labels know the labels of ${on}: what training reads beside the training part tells them`;
  if (leaks) context.log('warn', message);
  if (shuffled?.verdict === 'nothing_learnt')
    context.log('warn', `the model is no better on ${on} than one that was fitted on shuffled labels`);
  if (curve?.verdict === 'falling')
    context.log('warn', `${curve.metric} on ${on} falls with the last rows of training: they may be unlike the others`);
  const names = [...(curve === null ? [] : ['learning curve']), ...(shuffled === null ? [] : ['shuffled labels'])];
  const bad = names.filter((name) =>
    name === 'shuffled labels' ? shuffled!.verdict !== 'learnt' : curve!.verdict === 'falling',
  );
  context.attest({
    predicateType: testResultPredicateType,
    about: ['scores', 'evaluation', 'report'],
    predicate: testResult({
      passed: names.filter((name) => !bad.includes(name)),
      warned: bad.filter((name) => !(leaks && severity === 'fail' && name === 'shuffled labels')),
      failed: leaks && severity === 'fail' ? ['shuffled labels'] : [],
    }),
  });
  if (!leaks || severity !== 'fail') return;
  context.keep(context.outputs['report']!.path, 'report.json');
  throw new PlatformError('EVALUATION_LABELS_LEAK', { message });
}
