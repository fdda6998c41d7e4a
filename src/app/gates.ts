import { didYouMean, type JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';
import { declaredGates } from './declared-gates.ts';
import { type GatePart, gateParts, withLedger } from './gate-parts.ts';
import { type GateStatus, gatesOf } from './gate-status.ts';
import { loadSpec, requireValid } from './load-spec.ts';
import { projectId } from './project.ts';
import type { ProjectRecord } from './project-record.ts';
import { type RecordedStep, readRun, withRecord } from './records.ts';

const searchedRuns = 1000;

/** How the parts of all gates stand. */
export async function gateStatus(config: Config): Promise<GateStatus[]> {
  return await gatesOf(config, declaredGates(requireValid(await loadSpec(config, { params: [] }))));
}

/** What a gate sealed about one model. */
export interface SealedReport {
  /** Digest of the model. */
  readonly model: string;
  /** The bit; what each objective came to: estimate, tolerance, reason; and each check of the part; and its statistics, where they were wanted. */
  readonly report: JsonValue;
}

/**
 * Retires the part of a gate: it can certify nothing more, and what was sealed is answered, the newest first.
 * @throws PlatformError GATE_UNKNOWN
 */
export async function retireGate(config: Config, name: string): Promise<SealedReport[]> {
  const part = await requirePart(config, name);
  await withLedger(config, (ledger) => ledger.retire(part.made.digest));
  return await readSealedReports(config, part);
}

/**
 * What a gate sealed at all its uses of its part, the newest first, once the part is retired.
 * @throws PlatformError GATE_UNKNOWN, GATE_STILL_SEALED
 */
export async function openGate(config: Config, name: string): Promise<SealedReport[]> {
  const part = await requirePart(config, name);
  if (await withLedger(config, (ledger) => ledger.isRetired(part.made.digest)))
    return await readSealedReports(config, part);
  throw new PlatformError('GATE_STILL_SEALED', {
    message: `gate ${name}: what it saw of part ${part.part} stays sealed while the part is in use`,
  });
}

type MadePart = GatePart & { readonly made: NonNullable<GatePart['made']> };

async function requirePart(config: Config, name: string): Promise<MadePart> {
  const spec = requireValid(await loadSpec(config, { params: [] }));
  const parts = await withRecord(config, (record) => gateParts(record, declaredGates(spec)));
  const found = parts.find((candidate) => candidate.gate === name);
  if (found?.made != null) return { ...found, made: found.made };
  const why =
    found === undefined
      ? `there are: ${parts.map((one) => one.gate).join(', ') || 'none'}`
      : 'no run has split the data yet';
  throw new PlatformError('GATE_UNKNOWN', {
    message: `expected a gate whose part exists, found ${JSON.stringify(name)}; ${why}`,
    ...didYouMean(
      name,
      parts.map((part) => part.gate),
    ),
  });
}

async function readSealedReports(config: Config, part: MadePart): Promise<SealedReport[]> {
  const { decryptJson, loadOrCreateSealingKey } = await import('../provenance/index.ts');
  const key = await loadOrCreateSealingKey(config.keysDir, await projectId(config));
  return await withRecord(config, async (record) => {
    const reports = new Map<string, SealedReport>();
    for (const step of await usesOf(record, part)) {
      const { name, part: partName } = step.execution.params as { name: string; part: string };
      const sealed = step.outputs.find((output) => output.port === 'sealed_report')!.artifact;
      const model = step.inputs.find((input) => input.port === 'model')!.artifact.digest;
      const binding = { project: name, part: partName, context: { gate: part.gate, model } };
      const report = decryptJson(await record.artifacts.read(sealed.digest), key, binding);
      // A later release that only asked what was known says less than the first.
      if ((report as { clauses?: unknown }).clauses !== null || !reports.has(model))
        reports.set(model, { model, report });
    }
    return [...reports.values()];
  });
}

/** The executions of a gate that opened its part as it is now and sealed what they saw, the newest first. */
async function usesOf(record: ProjectRecord, { gate, made }: MadePart): Promise<RecordedStep[]> {
  const found: RecordedStep[] = [];
  for (const { id } of await record.metadata.listRuns({ limit: searchedRuns })) {
    const { steps } = await readRun(record, id);
    const own = steps.filter(({ execution, outputs }) => {
      const verdict = execution.values['part'];
      return execution.step === `testing/${gate}` && verdict === made.digest && outputs.some(isSealedReport);
    });
    found.push(...own.reverse());
  }
  return found;
}

function isSealedReport({ port }: RecordedStep['outputs'][number]): boolean {
  return port === 'sealed_report';
}
