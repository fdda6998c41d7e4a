import { existsSync } from 'node:fs';
import { type Digest, digestJson } from '../encoding/index.ts';
import { bitSealOf, type Ledger, openLedger, tooFewExamples } from '../model-ci/index.ts';
import type { Finding, ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './engine.ts';
import { gateFilesOf } from './gate-files.ts';
import { priceGates } from './prices.ts';
import { projectId } from './project.ts';
import { lastAttempts, readJsonOutput, readRun, withRecord } from './records.ts';

/** How many runs are looked at for the newest that divided the data. */
const searchedRuns = 1000;

/** A gate, and the part that it uses as the newest run that divided the data made it. */
export interface GatePart {
  readonly gate: string;
  readonly part: string;
  readonly uses: number;
  /** null while no run has divided the data into such a part. */
  readonly made: { readonly digest: Digest; readonly rowCount: number } | null;
}

/** The gates of a declaration with their parts. */
export async function gateParts(record: ProjectRecord, spec: ResolvedSpec): Promise<GatePart[]> {
  const split = await newestSplit(record, spec.name);
  return Object.entries(spec.objectives.gates).map(([gate, { on: part, uses }]) => {
    const found = split?.parts[part];
    if (found === undefined) return { gate, part, uses, made: null };
    const { keyDigest, rowCount } = found;
    return { gate, part, uses, made: { digest: digestJson({ keys: keyDigest, rows: rowCount }), rowCount } };
  });
}

interface SplitShape {
  readonly parts: Readonly<Record<string, { readonly keyDigest: string; readonly rowCount: number }>>;
}

async function newestSplit(record: ProjectRecord, spec: string): Promise<SplitShape | null> {
  for (const { id } of await record.metadata.listRuns({ spec, limit: searchedRuns })) {
    const step = lastAttempts(await readRun(record, id)).get('splitting');
    const split = await readJsonOutput<SplitShape>(record, step, 'split');
    if (split !== null) return split;
  }
  return null;
}

/** Opens the ledger of a project for one question and closes it after the answer. */
export async function withLedger<T>(config: Config, ask: (ledger: Ledger) => Promise<T>): Promise<T> {
  const { loadOrCreateSealingKey } = await import('../provenance/index.ts');
  const key = await loadOrCreateSealingKey(config.keysDir, await projectId(config));
  const { ledger: path, useLogs } = await gateFilesOf(config);
  const ledger = await openLedger(path, { seal: bitSealOf(key), useLogs });
  try {
    return await ask(ledger);
  } finally {
    await ledger.close();
  }
}

/** Warnings about gates whose parts, as the newest run made them, cannot hold enough examples. */
export async function gateSizeFindings(config: Config, spec: ResolvedSpec): Promise<Finding[]> {
  // Asking must not begin a record.
  if (!existsSync(config.stateDir) || Object.keys(spec.objectives.gates).length === 0) return [];
  const parts = await withRecord(config, (record) => gateParts(record, spec));
  return priceGates(spec).flatMap((price) => {
    const made = parts.find((one) => one.gate === price.gate)?.made;
    return (made == null ? null : tooFewExamples(price, made.rowCount)) ?? [];
  });
}
