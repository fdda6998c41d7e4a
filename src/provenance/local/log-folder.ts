/**
 * A log as a folder of tiles, derived from its entries, which a database keeps. What is missing or cut short is written
 * again from there, so that nothing has to be flushed and no order of writing has to be kept: the checkpoint comes last.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from '../log/checkpoint.ts';
import { type Hash, hashLeaf, hashNode, rootHash, type SubtreeReader } from '../log/merkle.ts';
import { noteKeyOf, parseNote, signNote } from '../log/signed-note.ts';
import {
  edgeTiles,
  formatBundle,
  hashBytes,
  newTiles,
  parseBundle,
  readerOfAgreeingTiles,
  readerOfTiles,
  type Tile,
  tileHeight,
  tilePath,
  tileWidth,
} from '../log/tiles.ts';
import type { Signer, Verifier } from '../signer.ts';

/** Gives entries of the log, from one place up to, not including, another. */
export type EntrySource = (from: number, to: number) => Promise<readonly Uint8Array[]>;

/** What a log is brought up to date with. */
export interface LogGrowth {
  readonly size: number;
  readonly read: EntrySource;
  /** Signs the checkpoint: an Ed25519 key. */
  readonly signer: Signer;
  /** Gives further keys whose checkpoints this log goes on from, those that it had before: asked where the signer's is none. Default none. */
  readonly formerKeys?: () => Promise<readonly Verifier[]>;
  readonly origin: string;
  /** Write everything again, also what seems to be whole. */
  readonly isRepair?: boolean;
}

/**
 * Brings the tiles of a log up to its size and signs a checkpoint of it, after having seen that it goes on from the last
 * one. Tiles that are there are kept. Errors of the file system pass through.
 * @returns the checkpoint
 * @throws PlatformError PROVENANCE_LOG_BAD, PROVENANCE_LOG_FORKED
 */
export async function extendLog(folder: string, growth: LogGrowth): Promise<string> {
  const { size, signer, origin } = growth;
  const last = await lastCheckpoint(folder, growth);
  if (last !== null && last.size > size) throw forked(last, `an entry less than ${size + 1}`);
  const isKept = last !== null && growth.isRepair !== true && (await isEdgeWhole(folder, last.size));
  const from = isKept ? last.size : 0;
  await writeTiles(folder, { ...growth, from });
  const reader = tileReader(folder, size);
  if (last !== null && !rootHash(last.size, reader).equals(last.root)) throw forked(last, 'other entries before that');
  const text = formatCheckpoint({ origin, size, root: rootHash(size, reader) });
  const note = `${text}\n${await signNote(text, signer, origin)}`;
  await replaceFile(join(folder, 'checkpoint'), note);
  return note;
}

/**
 * Adds signatures of witnesses to the checkpoint of a log, where it is still the one that they signed.
 * @returns the checkpoint as it is then
 */
export async function addSignatures(folder: string, checkpoint: string, lines: string): Promise<string> {
  const found = await readCheckpoint(folder);
  if (found !== checkpoint || lines === '') return found ?? checkpoint;
  await replaceFile(join(folder, 'checkpoint'), `${checkpoint}${lines}`);
  return `${checkpoint}${lines}`;
}

/**
 * Reads hashes of the tree of the first `size` entries out of a folder. Errors of the file system pass through.
 * @throws PlatformError PROVENANCE_LOG_BAD, where tiles do not agree
 */
export function tileReader(folder: string, size: number): SubtreeReader {
  return readerOfAgreeingTiles(size, (tile) => readTile(folder, tile));
}

/**
 * What shows the entries of a log from one place on, by path below its folder: bundles, and hashes up to the root. Errors of the
 * file system pass through.
 * @throws PlatformError PROVENANCE_LOG_BAD, where tiles do not agree
 */
export function partOfLog(
  folder: string,
  { from, size }: { readonly from: number; readonly size: number },
): (readonly [path: string, content: Buffer])[] {
  const part = new Map<string, Buffer>();
  const take = (tile: Tile): Buffer => {
    const content = readTile(folder, tile);
    part.set(tilePath(tile), content);
    return content;
  };
  const reader = readerOfAgreeingTiles(size, take);
  rootHash(size, reader);
  for (let index = Math.floor(from / tileWidth); index * tileWidth < size; index++) {
    reader(0, index * tileWidth);
    take({ level: 'entries', index, width: Math.min(tileWidth, size - index * tileWidth) });
  }
  return [...part].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A tile or bundle; out of the full one where this one was not full, and went when that was written. */
function readTile(folder: string, tile: Tile): Buffer {
  try {
    return readFileSync(join(folder, tilePath(tile)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tile.width === tileWidth) throw error;
    const full = readFileSync(join(folder, tilePath({ ...tile, width: tileWidth })));
    return tile.level === 'entries'
      ? formatBundle(parseBundle(full).slice(0, tile.width))
      : full.subarray(0, tile.width * hashBytes);
  }
}

/** The signed checkpoint of a log, or null where there is none. */
export async function readCheckpoint(folder: string): Promise<string | null> {
  try {
    return await readFile(join(folder, 'checkpoint'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Entries of a log out of its bundles. Errors of the file system pass through. @throws PlatformError PROVENANCE_LOG_BAD */
export async function readEntries(
  folder: string,
  range: { from: number; to: number; size: number },
): Promise<Buffer[]> {
  const { from, to, size } = range;
  const entries: Buffer[] = [];
  for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index++) {
    const width = Math.min(tileWidth, size - index * tileWidth);
    const bundle = parseBundle(readTile(folder, { level: 'entries', index, width }));
    if (bundle.length !== width) {
      throw new PlatformError('PROVENANCE_LOG_BAD', {
        message: `expected ${width} entries in a bundle of the log, found ${bundle.length}`,
      });
    }
    entries.push(...bundle.slice(Math.max(0, from - index * tileWidth), to - index * tileWidth));
  }
  return entries;
}

/**
 * The last checkpoint of a log; null where there is none that can be read.
 * @throws PlatformError PROVENANCE_LOG_FORKED for one that somebody else signed
 */
async function lastCheckpoint(folder: string, growth: LogGrowth): Promise<Checkpoint | null> {
  const { signer, formerKeys = async () => [], origin, isRepair = false } = growth;
  const note = await readCheckpoint(folder);
  if (note === null) return null;
  const openWith = (key: Verifier) => openCheckpoint(note, { log: noteKeyOf(key, origin, 'ed25519') });
  let found: Checkpoint;
  try {
    const opened = openWith(signer);
    if (opened !== null) return opened;
    found = parseCheckpoint(parseNote(note).text);
  } catch {
    // A file that was cut short: the entries say the same again.
    return null;
  }
  for (const key of await formerKeys()) {
    const opened = openWith(key);
    if (opened !== null) return opened;
  }
  if (isRepair) return null;
  throw forked(found, 'that another key signed it, which is not trusted here with the role log');
}

/** Whether the last tile of each row is there: the ones that a killed process may have left out or cut short. */
async function isEdgeWhole(folder: string, size: number): Promise<boolean> {
  return (await Promise.all(edgeTiles(size).map((tile) => isWhole(folder, tile)))).every(Boolean);
}

async function isWhole(folder: string, tile: Tile): Promise<boolean> {
  try {
    const bytes = await readFile(join(folder, tilePath(tile)));
    return tile.level === 'entries'
      ? parseBundle(bytes).length === tile.width
      : bytes.length === tile.width * hashBytes;
  } catch {
    return false;
  }
}

async function writeTiles(folder: string, growth: { from: number; size: number; read: EntrySource }): Promise<void> {
  const { size, read } = growth;
  const from = growth.from - (growth.from % tileWidth);
  const leaves: Hash[] = [];
  for (const tile of newTiles(from, size)) {
    const start = tile.index * tileWidth;
    if (tile.level === 'entries') {
      const entries = await read(start, start + tile.width);
      leaves.push(...entries.map((entry) => hashLeaf(entry)));
      await replaceFile(join(folder, tilePath(tile)), formatBundle(entries));
    } else {
      // The tiles with which these must agree are not there yet.
      const reader =
        tile.level === 0 ? null : readerOfTiles(size, (below) => readFileSync(join(folder, tilePath(below))));
      const hashes = Array.from({ length: tile.width }, (_, place) =>
        reader === null ? leaves[start - from + place]! : fullTileHash(reader, tile.level as number, start + place),
      );
      await replaceFile(join(folder, tilePath(tile)), Buffer.concat(hashes));
    }
    if (tile.width === tileWidth) await rm(join(folder, `${tilePath(tile)}.p`), { recursive: true, force: true });
  }
}

/** The hash of a full tile of the level below, from its own hashes: the tile that will hold it is not there yet. */
function fullTileHash(reader: SubtreeReader, level: number, index: number): Hash {
  const below = level * tileHeight - 1;
  return hashNode(reader(below, index * 2), reader(below, index * 2 + 1));
}

async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${newId('tmp')}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function forked({ size, origin }: Checkpoint, found: string): PlatformError {
  return new PlatformError('PROVENANCE_LOG_FORKED', {
    message: `expected the log ${origin} to go on from its checkpoint of ${size} entries, found ${found}`,
  });
}
