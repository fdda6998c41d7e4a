import type { Digest, JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { bitSealOf, type LedgerEntry } from '../model-ci/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './engine.ts';
import { type GatePart, gateParts, withLedger } from './gate-parts.ts';
import { loadSpec, requireValid } from './load-spec.ts';
import { projectId } from './project.ts';
import { type RecordedStep, readRun, withRecord } from './records.ts';
import type { SpecChoice } from './spec-source.ts';

const searchedRuns = 1000;

/** A gate with what its part was used for. */
export interface GateStatus {
  readonly gate: string;
  readonly part: string;
  readonly uses: number;
  /** By all gates that ever used the part. */
  readonly usesSpent: number;
  readonly retired: boolean;
  /**
   * One line a use, oldest first. The bit of a use with feedback `none` is `with the owner` until the part is retired;
   * `open`: it was spent, and what came of it is not known yet.
   */
  readonly history: readonly {
    readonly model: string;
    readonly bit: string;
    readonly spentAtMs: number;
    /** The use log knew the use before the ledger did: the ledger was lost, or the use was spent elsewhere. */
    readonly fromLog: boolean;
  }[];
}

/** How the parts of all gates stand. */
export async function gateStatus(config: Config, choice: SpecChoice = { params: [] }): Promise<GateStatus[]> {
  const parts = await partsOf(config, choice);
  if (parts.every(({ made }) => made === null)) return parts.map((part) => ({ ...toStatus(part), retired: false }));
  const { loadOrCreateSealingKey } = await import('../provenance/index.ts');
  const seal = bitSealOf(await loadOrCreateSealingKey(config.keysDir, await projectId(config)));
  return await withLedger(config, async (ledger) => {
    const told: GateStatus[] = [];
    for (const part of parts) {
      const entries = part.made === null ? [] : await ledger.entries(part.made.digest);
      const retired = part.made !== null && (await ledger.isRetired(part.made.digest));
      const bitOf = (entry: LedgerEntry): string => {
        if (entry.closedBit === null) return entry.bit ?? 'open';
        const use = {
          part: entry.part as Digest,
          gateDigest: entry.gateDigest as Digest,
          model: entry.model as Digest,
        };
        return retired ? (seal.open(use, entry.closedBit) ?? 'closed with another key') : 'with the owner';
      };
      const history = entries.map((entry) => ({
        model: entry.model,
        bit: bitOf(entry),
        spentAtMs: entry.spentAtMs,
        fromLog: entry.fromLog,
      }));
      told.push({ ...toStatus(part), usesSpent: entries.length, retired, history });
    }
    return told;
  });
}

function toStatus({ gate, part, uses }: GatePart): Omit<GateStatus, 'retired'> {
  return { gate, part, uses, usesSpent: 0, history: [] };
}

async function partsOf(config: Config, choice: SpecChoice): Promise<GatePart[]> {
  const spec = requireValid(await loadSpec(config, choice));
  return await withRecord(config, (record) => gateParts(record, spec));
}

/** What a gate sealed about one model. */
export interface SealedReport {
  /** Digest of the model. */
  readonly model: string;
  /** The bit, and what each objective came to: estimate, tolerance, reason. */
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
  const parts = await partsOf(config, { params: [] });
  const found = parts.find((candidate) => candidate.gate === name);
  if (found?.made != null) return { ...found, made: found.made };
  const why =
    found === undefined
      ? `there are: ${parts.map((one) => one.gate).join(', ') || 'none'}`
      : 'no run has split the data yet';
  throw new PlatformError('GATE_UNKNOWN', {
    message: `expected a gate whose part exists, found ${JSON.stringify(name)}; ${why}`,
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
