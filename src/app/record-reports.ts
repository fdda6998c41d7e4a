/** What the record says of a run in words, for the search: its evaluation, its verdicts, and the reports that its steps kept. */
import { isPlatformError } from '../errors/index.ts';
import { keptFileType } from '../pipeline/index.ts';
import { cutReport, type ReportSource, type ReportText, reportText } from '../search/index.ts';
import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, type RecordedStep, readJsonOutput, readSteps } from './records.ts';
import type { EvaluationShape } from './report/read-report.ts';
import type { SummaryGate } from './summary.ts';
import { trackedRunId } from './tracked-run-id.ts';

const reportName = /(\.(md|markdown|html?|rst)|(report|summary|notes)\.txt)$/i;
const mostBytes = 4 * 1024 * 1024;
const mostReports = 20;

/** Where the search reads reports: in the store of artifacts, and in the record. */
export function reportSource(record: ProjectRecord): ReportSource {
  return {
    read: (digest, { maxBytes }) => record.artifacts.read(digest, { kind: 'file', maxBytes }),
    ofRun: async (recordId) => ({ runId: trackedRunId(recordId), reports: await reportsOfRun(record, recordId) }),
  };
}

async function reportsOfRun(record: ProjectRecord, recordId: string): Promise<ReportText[]> {
  const executions = await record.metadata.executions(recordId);
  const attempts = [...lastAttempts({ steps: await readSteps(record, executions) }).values()];
  const reports: ReportText[] = [];
  for (const step of attempts) {
    if (step.execution.kind === 'testing') reports.push(...(await verdictOf(record, step)));
    if (step.execution.kind === 'evaluation') reports.push(...(await evaluationOf(record, step)));
    for (const { port, artifact } of step.outputs) {
      if (artifact.type !== keptFileType || artifact.kind !== 'file' || !reportName.test(port)) continue;
      if (artifact.sizeBytes > mostBytes) continue;
      const bytes = await record.artifacts.read(artifact.digest).catch(whereLost);
      const report = bytes === null ? null : reportText(`${step.execution.step}/${port}`, bytes);
      if (report !== null) reports.push(report);
    }
  }
  return reports.slice(0, mostReports);
}

async function verdictOf(record: ProjectRecord, step: RecordedStep): Promise<ReportText[]> {
  const verdict = await readJsonOutput<SummaryGate>(record, step, 'verdict').catch(whereLost);
  if (verdict === null) return [];
  return [cutReport(`verdict of ${verdict.gate}`, `${verdict.verdict}\n\n${verdict.says}`)];
}

/** Values as people write them: to four digits. */
async function evaluationOf(record: ProjectRecord, step: RecordedStep): Promise<ReportText[]> {
  const evaluation = await readJsonOutput<EvaluationShape>(record, step, 'metrics').catch(whereLost);
  if (evaluation === null) return [];
  const measured = (metrics: EvaluationShape['metrics']): string =>
    Object.entries(metrics)
      .map(([name, { value }]) => `${name}: ${value === null ? 'unknown' : Number(value.toPrecision(4))}`)
      .join(', ');
  const slices = evaluation.slices.map(({ slice, value, metrics }) => `${slice} ${value}: ${measured(metrics)}`);
  const objectives = Object.entries(evaluation.objectives ?? {}).map(
    ([name, { that }]) => `objective ${name}: ${that}`,
  );
  const whole = `on ${evaluation.on}, ${evaluation.rowCount} rows: ${measured(evaluation.metrics)}`;
  return [cutReport(step.execution.step, [whole, ...objectives, ...slices].join('\n\n'))];
}

/** Null for content that is lost, damaged or removed. */
function whereLost(error: unknown): null {
  const codes = ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACT_TOO_LARGE'];
  if (isPlatformError(error) && codes.includes(error.code)) return null;
  throw error;
}
