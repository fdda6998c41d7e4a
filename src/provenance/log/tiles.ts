/**
 * A log as files that never change: hashes of the tree in tiles of 256, entries in bundles of 256. A tile of level l holds
 * the hashes of complete subtrees of 256^l leaves; the last tile of a level, which is not full yet, has its width in its
 * name.
 *
 * @see https://c2sp.org/tlog-tiles
 */
import { PlatformError } from '../../errors/index.ts';
import { type Hash, hashNode, type SubtreeReader } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256;
/** The longest entry that a bundle can hold, in bytes. */
export const longestEntry = 65_535;

/** Bytes of a hash in a tile. */
export const hashBytes = 32;
/** Levels of the tree between a tile and the one above it. */
export const tileHeight = 8;

/** A tile or bundle: which, and how many of its places are filled. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  /** From 1 to 256. */
  readonly width: number;
}

/** Where a tile lies below the root of a log, with `/` between folders. */
export function tilePath({ level, index, width }: Tile): string {
  const parts: string[] = [];
  for (let rest = index, isLast = true; isLast || rest > 0; rest = Math.floor(rest / 1000), isLast = false) {
    parts.unshift(`${isLast ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  }
  return `tile/${level}/${parts.join('/')}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Every tile that the tree of `to` leaves has and that of `from` leaves had not: levels upwards, then by index. */
export function newTiles(from: number, to: number): Tile[] {
  const tiles = rowOfTiles('entries', from, to);
  for (let level = 0, [old, size] = [from, to]; size > 0; level++) {
    tiles.push(...rowOfTiles(level, old, size));
    [old, size] = [Math.floor(old / tileWidth), Math.floor(size / tileWidth)];
  }
  return tiles;
}

/** The last tile of each row of the tree of `size` leaves: what is read for its root. */
export function edgeTiles(size: number): Tile[] {
  const tiles = rowOfTiles('entries', Math.max(0, size - 1), size);
  for (let level = 0, row = size; row > 0; level++, row = Math.floor(row / tileWidth)) {
    tiles.push(...rowOfTiles(level, row - 1, row));
  }
  return tiles;
}

/** Reads hashes of complete subtrees out of tiles of a tree of `size` leaves, and believes each. Each tile is asked for once. */
export function readerOfTiles(size: number, readTile: (tile: Tile) => Buffer): SubtreeReader {
  const known = new Map<string, Buffer>();
  const tileOf = (tile: Tile): Buffer => {
    const path = tilePath(tile);
    const bytes = known.get(path) ?? readTile(tile);
    if (bytes.length !== tile.width * hashBytes)
      throw bad(`${tile.width} hashes in ${path}, found ${bytes.length} bytes`);
    known.set(path, bytes);
    return bytes;
  };
  return function read(level, index): Hash {
    const above = level % tileHeight;
    if (above > 0) return hashNode(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
    const tileLevel = level / tileHeight;
    const rowLength = Math.floor(size / tileWidth ** tileLevel);
    if (index >= rowLength) throw bad(`a tree of more than ${size} leaves`);
    const tileIndex = Math.floor(index / tileWidth);
    const width = Math.min(tileWidth, rowLength - tileIndex * tileWidth);
    const offset = (index - tileIndex * tileWidth) * hashBytes;
    return tileOf({ level: tileLevel, index: tileIndex, width }).subarray(offset, offset + hashBytes);
  };
}

/**
 * The same, of tiles that must agree: the hashes of a full tile are those of which the tile above it holds the hash. The root of a
 * tree is made of the uppermost of them alone, and would say nothing of what lies below.
 * @throws PlatformError PROVENANCE_LOG_BAD, where a tile that does not agree is read
 */
export function readerOfAgreeingTiles(size: number, readTile: (tile: Tile) => Buffer): SubtreeReader {
  const read = readerOfTiles(size, (tile) => {
    const bytes = readTile(tile);
    if (tile.level === 'entries' || bytes.length !== tileWidth * hashBytes) return bytes;
    const above = read((tile.level + 1) * tileHeight, tile.index);
    if (!above.equals(hashOfTile(bytes))) throw bad(`the hashes in ${tilePath(tile)} that the tile above it has`);
    return bytes;
  });
  return read;
}

/** The hash of the complete subtree whose lowest hashes a full tile holds. */
function hashOfTile(bytes: Buffer): Hash {
  let row = Array.from({ length: tileWidth }, (_, place) => bytes.subarray(place * hashBytes, (place + 1) * hashBytes));
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, place) => hashNode(row[place * 2]!, row[place * 2 + 1]!));
  return row[0]!;
}

/** A bundle of entries: each behind its length in two bytes. @throws PlatformError PROVENANCE_LOG_BAD for one too long */
export function formatBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > longestEntry) throw bad(`entries of at most ${longestEntry} bytes, found ${entry.length}`);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries of a bundle. @throws PlatformError PROVENANCE_LOG_BAD */
export function parseBundle(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 <= bundle.length ? at + 2 + bundle.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > bundle.length) throw bad('a bundle that ends with its last entry');
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** Tiles of one row that `to` items fill and `from` items did not. */
function rowOfTiles(level: Tile['level'], from: number, to: number): Tile[] {
  const tiles: Tile[] = [];
  if (to === from) return tiles;
  for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index++) {
    tiles.push({ level, index, width: Math.min(tileWidth, to - index * tileWidth) });
  }
  return tiles;
}

function bad(expected: string): PlatformError {
  return new PlatformError('PROVENANCE_LOG_BAD', { message: `expected ${expected} in a log` });
}
