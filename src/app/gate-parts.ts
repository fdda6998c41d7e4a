import { type Digest, digestJson } from '../encoding/index.ts';
import { bitSealOf } from '../model-ci/bit-seal.ts';
import { type Ledger, openLedger } from '../model-ci/ledger.ts';
import type { Config } from './config.ts';
import { gateFilesOf } from './gate-files.ts';
import { projectId } from './project.ts';
import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, readJsonOutput, readRun } from './records.ts';

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

/** The gates of a declaration: the part that each uses, and how often it may. */
export interface DeclaredGates {
  /** Of the declaration. */
  readonly name: string;
  readonly gates: readonly Pick<GatePart, 'gate' | 'part' | 'uses'>[];
}

/** The gates with their parts. */
export async function gateParts(record: ProjectRecord, { name, gates }: DeclaredGates): Promise<GatePart[]> {
  const split = await newestSplit(record, name);
  return gates.map(({ gate, part, uses }) => {
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
