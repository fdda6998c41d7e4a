import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ArtifactRecord, MetricPoint, StatementEnd } from '../metadata/index.ts';
import { logPrefix } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { type DatasetState, datasetsNotActive } from './dataset-states.ts';
import type { ProjectRecord } from './project-record.ts';
import { findStep, lastAttempts, type RecordedRun, type RecordedStep, readRun, withRecord } from './records.ts';

const maximumShownBytes = 4 * 1024 * 1024;

/** A run with all its steps, and those of its datasets that are not active any more. */
export async function showRun(
  config: Config,
  name: string,
): Promise<RecordedRun & { readonly datasets: readonly DatasetState[] }> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, name);
    const ingestion = lastAttempts(run).get('ingestion')?.execution.params['sources'] ?? {};
    const isRead = ({ dataset }: DatasetState): boolean =>
      Object.hasOwn(ingestion as object, dataset.slice(dataset.lastIndexOf('/') + 1));
    return { ...run, datasets: (await datasetsNotActive(record.metadata, run.run.spec)).filter(isRead) };
  });
}

/** One step of a run with the metrics that it logged, the last attempt's record, and the statement of each attempt. */
export async function showStep(
  config: Config,
  name: { readonly run: string; readonly step: string },
): Promise<{
  readonly step: RecordedStep;
  readonly metrics: readonly MetricPoint[];
  readonly statements: readonly StatementEnd[];
}> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, name.run);
    const step = findStep(run, name.step);
    const statements = await record.metadata.statementEnds(run.run.id);
    return {
      step,
      metrics: await record.metadata.metrics(step.execution.id),
      statements: statements.filter((one) => one.step === step.execution.step),
    };
  });
}

/**
 * The text of an output, kept file or log of a step as it is; of a folder, its files; of a table and of what is no text, a note.
 * @throws PlatformError ARTIFACT_NOT_FOUND
 */
export async function showOutput(
  config: Config,
  name: { readonly run: string; readonly step: string; readonly port: string },
): Promise<string> {
  return await withRecord(config, async (record) => {
    const artifact = await findOutput(record, name);
    if (artifact.kind === 'tree')
      return (await record.artifacts.entries(artifact.digest))
        .map((entry) => `${entry.path}  ${entry.sizeBytes} bytes`)
        .join('\n');
    if (artifact.type === 'SealedDataset') return `sealed: ${JSON.stringify(artifact.properties)}`;
    if (artifact.type === 'Dataset' || artifact.type === 'Predictions')
      return `a table of ${artifact.sizeBytes} bytes: ${JSON.stringify(artifact.properties)}`;
    return textOf(await record.artifacts.read(artifact.digest, { maxBytes: maximumShownBytes }));
  });
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `${bytes.length} bytes that are no text; copy them with --to PATH`;
  }
}

/**
 * Copies an output of a step to a path that is not taken: a file, or a folder with all that is in it. Verified while it
 * is copied.
 * @throws PlatformError ARTIFACT_NOT_FOUND, ARTIFACT_DESTINATION_EXISTS
 */
export async function copyOutput(
  config: Config,
  name: { readonly run: string; readonly step: string; readonly port: string },
  destination: string,
): Promise<ArtifactRecord> {
  return await withRecord(config, async (record) => {
    const artifact = await findOutput(record, name);
    await record.artifacts.materialize(artifact.digest, destination, { signal: new AbortController().signal });
    return artifact;
  });
}

async function findOutput(
  record: ProjectRecord,
  name: { readonly run: string; readonly step: string; readonly port: string },
): Promise<ArtifactRecord> {
  const step = findStep(await readRun(record, name.run), name.step);
  const output = step.outputs.find((candidate) => candidate.port === name.port);
  if (output !== undefined) return output.artifact;
  const ports = step.outputs.map((candidate) => candidate.port).join(', ') || 'none';
  throw new PlatformError('ARTIFACT_NOT_FOUND', {
    message: `step ${step.execution.step} has no output ${name.port}; it has: ${ports}`,
    ...didYouMean(
      name.port,
      step.outputs.map((candidate) => candidate.port),
    ),
  });
}

/** What the steps of a run printed, step by step; of a reused step, nothing. */
export async function showLogs(
  config: Config,
  name: { readonly run: string; readonly step?: string },
): Promise<readonly { readonly step: string; readonly stream: string; readonly text: string }[]> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, name.run);
    const steps = name.step === undefined ? [...lastAttempts(run).values()] : [findStep(run, name.step)];
    const logs = steps.flatMap((step) =>
      step.outputs
        .filter((output) => output.artifact.type === 'Log')
        .map((output) => ({ step: step.execution.step, output })),
    );
    return await Promise.all(
      logs.map(async ({ step, output }) => ({
        step,
        stream: output.port.replace(logPrefix, ''),
        text: (await record.artifacts.read(output.artifact.digest, { maxBytes: maximumShownBytes * 8 })).toString(
          'utf8',
        ),
      })),
    );
  });
}
