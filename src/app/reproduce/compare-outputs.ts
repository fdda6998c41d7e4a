import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactStore, parseManifest } from '../../artifacts/index.ts';
import type { Digest, JsonValue } from '../../encoding/index.ts';
import { createDuckDb, parquetSource } from '../../tables/index.ts';
import { artifactPath } from '../export/layout-of-files.ts';
import { compareJson } from './compare-json.ts';
import type { RecordedOutput, RecordedStep } from './recorded-steps.ts';

/** How what was made again stands to what was made before; the worst of a step's outputs is that of the step. */
export type Likeness = 'identical' | 'equal' | 'unknown' | 'differs';

/** One output. */
export interface ComparedOutput {
  readonly port: string;
  readonly likeness: Likeness;
  /** In words; empty where it is identical. */
  readonly why: string;
}

/** Where both contents lie. */
export interface ComparedPlaces {
  /** The exported folder. */
  readonly folder: string;
  /** The store of the new run. */
  readonly artifacts: ArtifactStore;
  /** A folder for files that are compared. */
  readonly scratch: string;
  readonly tolerance: number;
}

const order: readonly Likeness[] = ['identical', 'equal', 'unknown', 'differs'];
const tableTypes = ['Dataset', 'Predictions'];
const sealedTypes = ['SealedDataset'];
const largestDocumentBytes = 64 * 1024 * 1024;

/** The worst of several; identical where there are none. */
export function worstOf(likenesses: readonly Likeness[]): Likeness {
  return order[Math.max(0, ...likenesses.map((one) => order.indexOf(one)))]!;
}

/** Every output of a step before against the one of the same port after. */
export async function compareOutputs(
  before: RecordedStep,
  after: RecordedStep,
  places: ComparedPlaces,
): Promise<ComparedOutput[]> {
  const ports = [...new Set([...before.outputs.keys(), ...after.outputs.keys()])].sort();
  const compared: ComparedOutput[] = [];
  for (const port of ports) {
    const [a, b] = [before.outputs.get(port), after.outputs.get(port)];
    compared.push({ port, ...(await compareOutput(a, b, places)) });
  }
  return compared;
}

type Compared = Omit<ComparedOutput, 'port'>;

const differs = (why: string): Compared => ({ likeness: 'differs', why });
const unknown = (why: string): Compared => ({ likeness: 'unknown', why });

async function compareOutput(
  before: RecordedOutput | undefined,
  after: RecordedOutput | undefined,
  places: ComparedPlaces,
): Promise<Compared> {
  if (before === undefined) return differs('it was not left before');
  if (after === undefined) return differs('it was not left again');
  if (before.digest === after.digest) return { likeness: 'identical', why: '' };
  if (sealedTypes.includes(before.type)) return unknown('sealed, with another key');
  if (before.kind !== after.kind) return differs(`a ${before.kind} before, a ${after.kind} now`);
  const path = join(places.folder, artifactPath(before.digest, before.kind));
  if (!(await stat(path).catch(() => null))?.isFile()) return unknown('its content is not in the folder');
  if (before.kind === 'tree') return await compareTrees(path, after.digest, places);
  return tableTypes.includes(before.type)
    ? await compareTables(path, after.digest, places)
    : await compareDocuments(path, after.digest, places);
}

/** Two folders: which of their files are others. Content that no rule compares differs or is identical. */
async function compareTrees(path: string, after: Digest, { artifacts }: ComparedPlaces): Promise<Compared> {
  const before = new Map(parseManifest(await readFile(path)).map((entry) => [entry.path, entry.digest]));
  const now = new Map((await artifacts.entries(after)).map((entry) => [entry.path, entry.digest]));
  const others = [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name));
  return differs(
    `other files: ${others.slice(0, 3).join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''}`,
  );
}

async function compareDocuments(path: string, after: Digest, places: ComparedPlaces): Promise<Compared> {
  const [before, now] = [
    parseJson(await readFile(path)),
    parseJson(await places.artifacts.read(after, { maxBytes: largestDocumentBytes })),
  ];
  if (before === undefined || now === undefined) return differs('other bytes');
  const found = compareJson(before, now, places.tolerance);
  if (found.placeCount === 0)
    return {
      likeness: 'equal',
      why:
        found.withinCount === 0
          ? 'the same values, in other bytes'
          : `${found.withinCount} numbers within ${places.tolerance}`,
    };
  const more = found.placeCount > found.places.length ? ` and ${found.placeCount - found.places.length} more` : '';
  return differs(`other values at ${found.places.join(', ')}${more}`);
}

/** The same rows in any order and other bytes are equal. */
async function compareTables(path: string, after: Digest, { artifacts, scratch }: ComparedPlaces): Promise<Compared> {
  const folder = await mkdtemp(join(scratch, 'compare-'));
  const engine = await createDuckDb();
  try {
    const now = join(folder, 'now.parquet');
    await artifacts.materialize(after, now);
    const [a, b] = [parquetSource(path), parquetSource(now)];
    const [counted] = await engine.rows(
      `select (select count(*) from (from ${a} except all from ${b})) + (select count(*) from (from ${b} except all from ${a})) as others`,
    );
    const others = Number(counted!['others']);
    return others === 0
      ? { likeness: 'equal', why: 'the same rows, in other bytes' }
      : differs(`${others} rows are others`);
  } catch (error) {
    return differs(`other columns: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function parseJson(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonValue;
  } catch {
    return undefined;
  }
}
