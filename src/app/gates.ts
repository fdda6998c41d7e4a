import { join } from 'node:path';
import { type Digest, digestJson, type JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type Ledger, openLedger } from '../model-ci/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './engine.ts';
import { loadSpec, requireValid } from './load-spec.ts';
import { projectId } from './project.ts';
import { lastAttempts, type RecordedStep, readJsonOutput, readRun, withRecord } from './records.ts';

/** How many runs are looked through for the newest split and the newest use of a gate. */
const searchedRuns = 1000;

/** A gate with what its part was used for. */
export interface GateStatus {
  readonly gate: string;
  readonly part: string;
  readonly uses: number;
  readonly usesSpent: number;
  readonly retired: boolean;
  /** One line a use, oldest first. The bit is left out where feedback is `none` and the part is not retired. */
  readonly history: readonly { readonly model: string; readonly bit: string; readonly spentAtMs: number }[];
}

interface GatePart {
  readonly gate: string;
  readonly part: string;
  readonly uses: number;
  readonly feedback: string;
  /** Digest of its rows; null while no run has split the data. */
  readonly digest: Digest | null;
}

/** What a question about gates is answered from. */
interface GateSources {
  readonly ledger: Ledger;
  readonly record: ProjectRecord;
  /** The name of the declaration. */
  readonly spec: string;
}

/** How the parts of all gates stand. */
export async function gateStatus(config: Config): Promise<GateStatus[]> {
  return await withGates(
    config,
    async (gates, { ledger }) => await Promise.all(gates.map((gate) => statusOf(gate, ledger))),
  );
}

async function statusOf(gate: GatePart, ledger: Ledger): Promise<GateStatus> {
  const entries = gate.digest === null ? [] : await ledger.entries(gate.digest);
  const retired = gate.digest !== null && (await ledger.isRetired(gate.digest));
  const isSilent = gate.feedback === 'none' && !retired;
  const history = entries.map((entry) => ({
    model: entry.model,
    bit: isSilent ? 'with the owner' : (entry.bit ?? 'open'),
    spentAtMs: entry.spentAtMs,
  }));
  return { gate: gate.gate, part: gate.part, uses: gate.uses, usesSpent: entries.length, retired, history };
}

/**
 * Retires the part of a gate: it can certify nothing more, and what was sealed may be read.
 * @throws PlatformError GATE_UNKNOWN
 */
export async function retireGate(config: Config, name: string): Promise<JsonValue> {
  return await withGates(config, async (gates, { ledger, record, spec }) => {
    const gate = requireGate(gates, name);
    await ledger.retire(gate.digest!);
    return await readSealedReport(config, record, { spec, gate: name });
  });
}

/**
 * What a gate sealed at its last use, once its part is retired.
 * @throws PlatformError GATE_UNKNOWN, GATE_STILL_SEALED
 */
export async function openGate(config: Config, name: string): Promise<JsonValue> {
  return await withGates(config, async (gates, { ledger, record, spec }) => {
    const gate = requireGate(gates, name);
    if (await ledger.isRetired(gate.digest!)) return await readSealedReport(config, record, { spec, gate: name });
    throw new PlatformError('GATE_STILL_SEALED', {
      message: `gate ${name}: what it saw of part ${gate.part} stays sealed while the part is in use`,
    });
  });
}

function requireGate(gates: readonly GatePart[], name: string): GatePart {
  const gate = gates.find((candidate) => candidate.gate === name);
  if (gate?.digest != null) return gate;
  const why =
    gate === undefined
      ? `there are: ${gates.map((one) => one.gate).join(', ') || 'none'}`
      : 'no run has split the data yet';
  throw new PlatformError('GATE_UNKNOWN', {
    message: `expected a gate whose part exists, found ${JSON.stringify(name)}; ${why}`,
  });
}

async function withGates<T>(
  config: Config,
  ask: (gates: readonly GatePart[], sources: GateSources) => Promise<T>,
): Promise<T> {
  const spec = requireValid(await loadSpec(config, { params: [] }));
  return await withRecord(config, async (record) => {
    const ledger = await openLedger(join(config.stateDir, 'ledger.db'));
    try {
      const split = await readJsonOutput<SplitShape>(
        record,
        await newestOf(record, { spec: spec.name, step: 'splitting' }),
        'split',
      );
      const gates = Object.entries(spec.objectives.gates).map(
        ([gate, { on, uses, feedback }]): GatePart => ({
          gate,
          part: on,
          uses,
          feedback,
          digest: partDigest(split, on),
        }),
      );
      return await ask(gates, { ledger, record, spec: spec.name });
    } finally {
      await ledger.close();
    }
  });
}

interface SplitShape {
  readonly parts: Readonly<Record<string, { readonly keyDigest: string; readonly rowCount: number }>>;
}

function partDigest(split: SplitShape | null, part: string): Digest | null {
  const found = split?.parts[part];
  return found === undefined ? null : digestJson({ keys: found.keyDigest, rows: found.rowCount });
}

/** The newest execution of a step that left outputs, whichever run of the declaration it belongs to; runs without it are passed over. */
async function newestOf(
  record: ProjectRecord,
  { spec, step }: { readonly spec: string; readonly step: string },
): Promise<RecordedStep | undefined> {
  for (const { id } of await record.metadata.listRuns({ spec, limit: searchedRuns })) {
    const found = lastAttempts(await readRun(record, id)).get(step);
    if (found !== undefined && found.outputs.length > 0) return found;
  }
  return undefined;
}

async function readSealedReport(
  config: Config,
  record: ProjectRecord,
  { spec, gate }: { readonly spec: string; readonly gate: string },
): Promise<JsonValue> {
  const { decryptJson, loadOrCreateSealingKey } = await import('../provenance/index.ts');
  const step = await newestOf(record, { spec, step: `testing/${gate}` });
  const report = step?.outputs.find((output) => output.port === 'sealed_report');
  if (step === undefined || report === undefined) return null;
  const key = await loadOrCreateSealingKey(config.keysDir, await projectId(config));
  const bytes = await record.artifacts.read(report.artifact.digest);
  const model = step.inputs.find((input) => input.port === 'model')!.artifact.digest;
  const { name, part } = step.execution.params as { name: string; part: string };
  return decryptJson(bytes, key, { project: name, part, context: { gate, model } });
}
