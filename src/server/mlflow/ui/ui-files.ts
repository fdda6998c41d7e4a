/**
 * The files of a web interface that was built elsewhere and lies in a folder of this machine. They are found once, when the
 * server starts: a request names one of them or nothing, so that no path is ever made from what a request says. Links
 * inside the folder are not followed, neither then nor later.
 */
import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PlatformError } from '../../../errors/index.ts';

/** One file as it is sent. */
export interface UiContent {
  readonly bytes: Buffer;
  readonly encoding: 'gzip' | null;
  readonly type: string;
  readonly etag: string;
}

/** The files of a web interface, by their paths below its folder with `/` between. */
export interface UiFiles {
  readonly folder: string;
  has(path: string): boolean;
  /** A file's content, compressed where that helps and whoever asks takes it; null where there is none, or no more. */
  read(path: string, encoding: 'gzip' | 'any'): Promise<UiContent | null>;
}

/** More than any build has: nobody serves his whole disk by a slip of the keyboard. */
const fileLimit = 10_000;
const compress = promisify(gzip);

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  cjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  eot: 'application/vnd.ms-fontobject',
  wasm: 'application/wasm',
};
/** What is compressed already. */
const dense = new Set(['png', 'ico', 'woff', 'woff2']);

/**
 * Finds the files of a web interface.
 * @throws PlatformError CONFIG_BAD_VALUE where the folder has no `index.html`, or more files than a web interface has
 */
export async function readUiFiles(folder: string): Promise<UiFiles> {
  const root = await realpath(folder).catch(() => folder);
  const paths = new Set<string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) paths.add(relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
    if (paths.size > fileLimit) throw noUi(folder, `more than ${fileLimit} files`);
  }
  if (!paths.has('index.html')) throw noUi(folder, 'none');
  const compressed = new Map<string, UiContent>();
  return {
    folder: root,
    has: (path) => paths.has(path),
    read: async (path, encoding) => {
      const content = paths.has(path) ? await readContent(join(root, ...path.split('/'))) : null;
      if (content === null || encoding === 'any' || dense.has(endingOf(path))) return content;
      const known = compressed.get(path);
      if (known?.etag === etagOf(content.etag, 'gzip')) return known;
      const made = { ...content, bytes: await compress(content.bytes), encoding, etag: etagOf(content.etag, 'gzip') };
      compressed.set(path, made);
      return made;
    },
  };
}

/** The bytes that a path has now; null where a link or nothing stands there by now. */
async function readContent(path: string): Promise<UiContent | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  if (file === null) return null;
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
    return { bytes: await file.readFile(), encoding: null, type: typeOf(path), etag };
  } finally {
    await file.close();
  }
}

/** Another form of a file has another name for its state. */
function etagOf(etag: string, encoding: 'gzip'): string {
  return `${etag.slice(0, -1)}-${encoding}"`;
}

function endingOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase();
}

function typeOf(path: string): string {
  const ending = endingOf(path);
  return (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? 'application/octet-stream';
}

function noUi(folder: string, found: string): PlatformError {
  return new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected a folder with the files of a web interface, index.html among them, at ${folder}, found ${found}`,
  });
}
