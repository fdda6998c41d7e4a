/**
 * Paths of artifacts, as clients name them: parts separated by `/`, below a root that only the tracker knows. They are
 * keys of a table and never paths of the server's disk; what looks like a way out is refused all the same, because
 * clients make files of them.
 */
import { PlatformError } from '../../errors/index.ts';

declare const checked: unique symbol;

/** A path that was checked; empty for the root. */
export type ArtifactPath = string & { readonly [checked]: true };

/** The longest path and the longest part, in bytes of UTF-8, and the deepest path. */
export const pathLimits = { bytes: 2000, partBytes: 255, parts: 100 } as const;

/** How often a path is decoded again, in case something behind a client decodes once more. */
const decodings = 4;

/**
 * Checks the path of a file or folder below the root.
 * @throws PlatformError TRACKING_BAD_ARTIFACT_PATH for what is empty, absolute, too long, has the parts `.` or `..`, a
 *   backslash, `#` or a control character, also after it is decoded as a URL once or more
 */
export function parseArtifactPath(text: string): ArtifactPath {
  const fault = faultOf(text);
  if (fault === null) return text as ArtifactPath;
  throw new PlatformError('TRACKING_BAD_ARTIFACT_PATH', {
    message: `Invalid path: expected a relative path of an artifact, found ${shown(text)}, which ${fault}.`,
  });
}

/** The same for a folder: the root is empty, and a slash at the end is no fault. */
export function parseFolderPath(text: string): ArtifactPath {
  const path = text.endsWith('/') && text !== '/' ? text.slice(0, -1) : text;
  return path === '' ? rootPath : parseArtifactPath(path);
}

/** The folder that holds everything. */
export const rootPath = '' as ArtifactPath;

/** A path below a folder. @throws PlatformError TRACKING_BAD_ARTIFACT_PATH */
export function joinPath(folder: ArtifactPath, below: string): ArtifactPath {
  const path = parseArtifactPath(below);
  return folder === rootPath ? path : parseArtifactPath(`${folder}/${path}`);
}

/** The last part. */
export function nameOf(path: ArtifactPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folders in which a path lies, the outermost first, without the root. */
export function foldersAbove(path: ArtifactPath): readonly ArtifactPath[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/') as ArtifactPath);
}

/** What is wrong with a path, or null. */
function faultOf(text: string): string | null {
  if (text === '') return 'is empty';
  if (!text.isWellFormed()) return 'is not Unicode';
  if (Buffer.byteLength(text) > pathLimits.bytes) return `is longer than ${pathLimits.bytes} bytes`;
  const parts = text.split('/');
  if (parts.length > pathLimits.parts) return `is deeper than ${pathLimits.parts} folders`;
  if (parts.some((part) => Buffer.byteLength(part) > pathLimits.partBytes))
    return `has a part of more than ${pathLimits.partBytes} bytes`;
  const fault = wayOut(text);
  if (fault !== null) return fault;
  return faultWhenDecoded(text);
}

function faultWhenDecoded(text: string): string | null {
  let before = text;
  for (let time = 0; time < decodings; time++) {
    const after = decodeOnce(before);
    if (after === before) return null;
    const fault = wayOut(after);
    if (fault !== null) return `${fault} once it is decoded`;
    before = after;
  }
  return 'is encoded many times';
}

/** What of a path leads elsewhere or hides something. */
function wayOut(text: string): string | null {
  if (text.startsWith('/') || /^[A-Za-z]:(\/|$)/.test(text)) return 'is absolute';
  if (text.includes('\\')) return 'has a backslash';
  if (text.includes('#')) return 'has a #';
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) return 'has a control character';
  const parts = text.split('/');
  if (parts.includes('')) return 'has an empty part';
  return parts.includes('.') || parts.includes('..') ? 'has a part . or ..' : null;
}

/** Decodes what is percent-encoded and leaves the rest, whatever it is. Bytes that are not UTF-8 become U+FFFD. */
function decodeOnce(text: string): string {
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 100)}…`);
}
