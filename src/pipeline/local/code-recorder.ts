import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../../encoding/index.ts';
import { programPrefix } from '../code-set.ts';
import type { LoadedFile } from '../invocation.ts';

/** Roots of the two kinds of code that a step may load. Installed packages count as environment, not as code. */
export interface CodeRoots {
  readonly projectRoot: string;
  readonly programRoot: string;
}

/** What was loaded and looked for since the recorder was made. */
export interface CodeRecorder {
  /** Reads a file that is code although no module: the text of a query. @throws the error of the file system */
  read(path: string): string;
  loaded(): { readonly files: readonly LoadedFile[]; readonly absent: readonly string[] };
  stop(): void;
}

/**
 * Records every module file that this process loads from now on, with the digest of its bytes, and the paths of
 * relative imports that were not found. Files below `node_modules` and of Node itself are left out.
 */
export function recordCode(roots: CodeRoots): CodeRecorder {
  const files = new Map<string, LoadedFile>();
  const absent = new Set<string>();
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const path = url.startsWith('file:') ? codePath(fileURLToPath(url), roots) : null;
      if (path !== null && !files.has(path))
        files.set(path, { path, digest: digestBytes(readFileSync(fileURLToPath(url))) });
      return nextLoad(url, context);
    },
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const path = missingPath(specifier, context.parentURL, roots);
        if (path !== null) absent.add(path);
        throw error;
      }
    },
  });
  return {
    read: (file) => {
      const bytes = readFileSync(file);
      const path = codePath(file, roots);
      if (path !== null) files.set(path, { path, digest: digestBytes(bytes) });
      return bytes.toString('utf8');
    },
    loaded: () => ({ files: [...files.values()], absent: [...absent] }),
    stop: () => hooks.deregister(),
  };
}

// The recorder loads nothing of the product, so that nothing escapes it.
function digestBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}` as Digest;
}

function missingPath(specifier: string, parentUrl: string | undefined, roots: CodeRoots): string | null {
  if (!specifier.startsWith('.') || parentUrl === undefined || !parentUrl.startsWith('file:')) return null;
  return codePath(fileURLToPath(new URL(specifier, parentUrl)), roots);
}

/**
 * The path of a code set for an absolute path: relative to the project (`../x.ts` where it lies beside it), or `program:`
 * and relative to the product. Null for what is installed.
 */
export function codePath(path: string, roots: CodeRoots): string | null {
  const inProgram = below(path, roots.programRoot);
  const inProject = below(path, roots.projectRoot);
  // The nearer root counts: the program may be installed below the project, or the project lie in the program's folder.
  const isProgram = inProgram !== null && (inProject === null || inProgram.length < inProject.length);
  const name = isProgram ? inProgram : (inProject ?? relative(roots.projectRoot, path).split(sep).join('/'));
  if (name === '' || isAbsolute(name) || name.split('/').includes('node_modules')) return null;
  return isProgram ? `${programPrefix}${name}` : name;
}

function below(path: string, root: string): string | null {
  const inside = relative(root, path);
  const isOutside = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) || inside === '';
  return isOutside ? null : inside.split(sep).join('/');
}
