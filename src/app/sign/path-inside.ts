import { isAbsolute, relative, sep } from 'node:path';

/** Where a path lies in a folder, parts separated by `/`, as a list of one; empty where it does not lie in it. Both absolute. */
export function pathInside(folder: string, path: string): readonly string[] {
  const inside = relative(folder, path);
  const isInside = inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
  return isInside ? [inside.split(sep).join('/')] : [];
}
