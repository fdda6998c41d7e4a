import { join } from 'node:path';
import {
  type AcceptedValue,
  acceptedText,
  type CheckResult,
  idOfParts,
  measuredValues,
  valueName,
} from '../../data-quality/index.ts';
import { didYouMean, formatInstant, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';
import { loadSpec, requireValid } from '../load-spec.ts';
import { findStep, type RecordedStep, readJsonOutput, readRun, withRecord } from '../records.ts';
import type { Acceptance } from './file-history.ts';
import { appendHistory } from './open-history.ts';

/** What somebody says of a value that a run measured. */
export interface RunAcceptance extends Omit<Acceptance, 'path' | 'id'> {
  /** The run, as elsewhere: `latest`. */
  readonly run: string;
}

/** The report of a validation, as far as values go. */
interface JudgedReport {
  readonly parts: Readonly<Record<string, { readonly checks: readonly CheckResult[] }>>;
}

/** Where a step that fails keeps its report. */
const ports = ['report', 'artifacts/report.json'];

/**
 * Accepts what the validation of a run measured, in the file that the declaration names for that (`validation.accepted`). It is of the data of that run: whoever
 * measures the same data again, passes.
 * @throws PlatformError METADATA_RUN_UNKNOWN, STEP_NOT_FOUND, SPEC_NOT_FOUND, SPEC_INVALID; CONFIG_BAD_VALUE where the declaration names no file, or nothing was held against earlier
 *   values, or not this one; HISTORY_INVALID, PLACE_NOT_WRITABLE
 */
export async function acceptInProject(config: Config, asked: RunAcceptance): Promise<AcceptedValue> {
  const { accepted: file } = requireValid(await loadSpec(config, { params: [] })).validation;
  if (file === undefined)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: 'expected the declaration to name the file of accepted values, found none',
      hint: 'Write accepted: accepted.jsonl under validation.',
    });
  return await withRecord(config, async (record) => {
    const step = findStep(await readRun(record, asked.run), 'validation');
    const [report, kept] = await Promise.all(ports.map((port) => readJsonOutput<JudgedReport>(record, step, port)));
    const values = judgedOf(report ?? kept ?? { parts: {} });
    const that = asked.that === null ? null : valueName({ that: asked.that, where: null }).that;
    if (values.length === 0 || (that !== null && !values.includes(that)))
      throw new PlatformError('CONFIG_BAD_VALUE', {
        message: `expected a value that run ${asked.run} held against earlier ones, found ${that === null ? 'none' : JSON.stringify(that)}`,
        ...(that === null ? {} : didYouMean(that, values)),
      });
    const { as, why } = asked;
    const accepted = { of: idOfParts(dataOf(step)), that, as, why, recordedAt: formatInstant(now()) };
    await appendHistory(join(config.projectRoot, file), acceptedText(accepted));
    return { history: 1, kind: 'accepted', ...accepted };
  });
}

/** Values that were held against earlier ones. */
function judgedOf({ parts }: JudgedReport): string[] {
  const checks = Object.values(parts).flatMap((part) => part.checks.filter(({ judged }) => judged !== undefined));
  return [...new Set(measuredValues(checks).map(({ that }) => that))];
}

/** Digests of the parts, in the order in which the step was given them. */
function dataOf({ execution, inputs }: RecordedStep): string[] {
  const { parts } = execution.params as { readonly parts: readonly string[] };
  return parts.flatMap((part) => inputs.find(({ port }) => port === part)?.artifact.digest ?? []);
}
