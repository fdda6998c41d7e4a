/* Addresses of models: folders of a machine, objects in stores, things of this server. */
import { realpathSync } from 'node:fs';
import { posix } from 'node:path';

/** An address in parts; a path alone has no scheme. */
export interface Address {
  /** In lower case; empty for a path. */
  readonly scheme: string;
  /** What stands between `//` and the next `/`. */
  readonly host: string;
  readonly path: string;
}

/** Takes an address apart, without changing a character of its path; what follows `?` or `#` is none of it. */
export function readAddress(address: string): Address {
  const [, scheme = '', , host = '', path = ''] =
    /^(?:([a-z][a-z0-9+.-]*):)?(\/\/([^/?#]*))?([^?#]*)/is.exec(address) ?? [];
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), path };
}

/** Whether an address is a folder of the machine: `/models/a`, `models/a`, `file:///models/a`. */
export function isLocal(address: string): boolean {
  const { scheme } = readAddress(address);
  return scheme === '' || scheme === 'file';
}

/** Whether parts of a path lead upwards or end it early, written plainly or encoded any number of times. */
export function hasWayOut(address: string): boolean {
  const plain = decoded(address);
  const path = readAddress(plain).path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
  const isNormal = path === '' || posix.normalize(path) === path;
  return plain.includes('\0') || plain.split(/[/\\]/).includes('..') || !path.startsWith('/') || !isNormal;
}

/**
 * Whether an address lies at or below another one, of the same scheme and host. Folders of the machine are followed
 * through links first.
 */
export function isInside(address: string, root: string | null): boolean {
  if (root === null || isLocal(address) !== isLocal(root)) return false;
  if (isLocal(address)) {
    const [inner, outer] = [realPath(address), realPath(root)];
    return outer !== '/' && (inner === outer || inner.startsWith(`${outer}/`));
  }
  const [inner, outer] = [readAddress(address), readAddress(root)];
  if (inner.scheme !== outer.scheme || inner.host !== outer.host) return false;
  const [parts, above] = [partsOf(inner.path), partsOf(outer.path)];
  return above.length > 0 && above.every((part, index) => parts[index] === part);
}

function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

/** The folder that a path means; where the end of it is not there, that of what is. */
function realPath(address: string): string {
  const path = posix.resolve(decodedOnce(readAddress(address).path));
  for (let there = path; ; there = posix.dirname(there)) {
    try {
      return posix.join(realpathSync(there), posix.relative(there, path));
    } catch {
      if (there === '/') return path;
    }
  }
}

function decoded(text: string): string {
  let found = text;
  for (let plain = decodedOnce(found); plain !== found; plain = decodedOnce(found)) found = plain;
  return found;
}

/** Percent-encoding taken away once; what is none of it stays. */
function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
