import { glob } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Digest } from '../encoding/index.ts';
import type { ProjectFiles } from '../pipeline/index.ts';

const ignored = new Set(['.mlspec', '.git', '__pycache__', '.venv']);

/** The files of a project as planning sees them. */
export function createProjectFiles(root: string, digestFile: (path: string) => Promise<Digest | null>): ProjectFiles {
  return {
    root,
    digest: (path) => digestFile(resolve(root, path)),
    glob: async (pattern) => {
      const found: string[] = [];
      const options = {
        cwd: root,
        withFileTypes: true as const,
        exclude: (entry: { name: string }) => ignored.has(entry.name),
      };
      for await (const entry of glob(pattern, options)) {
        if (entry.isFile() || entry.isSymbolicLink())
          found.push(relativePath(root, join(entry.parentPath, entry.name)));
      }
      return found.sort();
    },
  };
}

function relativePath(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside.split(sep).join('/');
}
