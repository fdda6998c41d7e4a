import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { isTestFile, listFiles } from './problem.ts';
import { type ImportedName, importsOf } from './source-imports.ts';

/** What `modules.json` says of one module. */
export interface ModuleRules {
  /** Modules that it may import. */
  readonly imports: readonly string[];
  /** Vendor packages that it may import, each with the folders inside the module that may (`.` is the whole module). */
  readonly vendors?: Readonly<Record<string, string | readonly string[]>>;
  /** Files beside `index.ts` that others may import, because loading all of `index.ts` would cost too much. */
  readonly doors?: readonly string[];
  /** Where true, folders of this module never import each other. */
  readonly apart?: boolean;
}

/** `modules.json`: the whole order, bottom to top, each with its purpose, and the rules of the modules that exist. */
export interface ModulesFile {
  readonly floors: readonly { readonly name: string; readonly modules: Readonly<Record<string, string>> }[];
  readonly modules: Readonly<Record<string, ModuleRules>>;
}

/** One import between two places, with the module of each end (`''` for a file directly in `src/`). */
export interface Edge {
  readonly file: string;
  readonly fromModule: string;
  readonly imported: ImportedName;
  readonly test: boolean;
  /** Path of the imported file; null for a package. */
  readonly target: string | null;
  readonly toModule: string | null;
  /** Name of the imported package; null for a file. */
  readonly vendor: string | null;
}

/** The import graph of `src/`. */
export interface ModuleGraph {
  readonly rules: ModulesFile;
  readonly order: readonly string[];
  readonly onDisk: readonly string[];
  readonly files: readonly string[];
  readonly edges: readonly Edge[];
}

/**
 * Built-in modules of Node that reach outside the process, so that an import of them needs a permission like a vendor
 * package. The others (files, paths, streams, cryptography) are free.
 */
export const guardedBuiltins: ReadonlySet<string> = new Set(
  'sqlite child_process cluster dgram http http2 https inspector net tls worker_threads vm'
    .split(' ')
    .map((name) => `node:${name}`),
);

/** The module of a path, `''` for a file directly in `src/`, null outside `src/`. */
export function moduleOf(file: string): string | null {
  const parts = file.split('/');
  if (parts[0] !== 'src') return null;
  return parts.length > 2 ? parts[1]! : '';
}

/** Reads `modules.json` and every file of `src/` below `root`. */
export function readGraph(root: string): ModuleGraph {
  const rules = JSON.parse(readFileSync(join(root, 'modules.json'), 'utf8')) as ModulesFile;
  const files = listFiles(root, 'src', ['.ts', '.tsx']);
  const src = join(root, 'src');
  const folders = existsSync(src)
    ? readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  return {
    rules,
    order: rules.floors.flatMap((floor) => Object.keys(floor.modules)),
    onDisk: folders
      .map((folder) => folder.name)
      .filter((name) => files.some((file) => file.startsWith(`src/${name}/`))),
    files,
    edges: files.flatMap((file) => edgesOf(root, file)),
  };
}

function edgesOf(root: string, file: string): Edge[] {
  const fromModule = moduleOf(file) ?? '';
  const test = isTestFile(file);
  return importsOf(readFileSync(join(root, file), 'utf8')).map((imported) => {
    const relative = imported.specifier.startsWith('.');
    const target = relative ? posix.normalize(posix.join(dirname(file), imported.specifier)) : null;
    const toModule = target === null ? null : moduleOf(target);
    return {
      file,
      fromModule,
      imported,
      test,
      target,
      toModule,
      vendor: relative ? null : vendorOf(imported.specifier),
    };
  });
}

/** The package of a specifier (`@scope/name/path` → `@scope/name`); null for a free built-in module. */
function vendorOf(specifier: string): string | null {
  if (specifier.startsWith('node:')) return guardedBuiltins.has(specifier) ? specifier : null;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** The shortest cycles of files that import each other at load, each once, as lists of paths. */
export function fileCycles(graph: ModuleGraph): string[][] {
  const next = new Map<string, string[]>();
  for (const edge of graph.edges) {
    if (edge.target === null || edge.imported.kind === 'dynamic') continue;
    next.set(edge.file, [...(next.get(edge.file) ?? []), edge.target]);
  }
  const found = new Map<string, string[]>();
  for (const start of next.keys()) {
    const cycle = shortestWayBack(start, next);
    const name = cycle === null ? '' : [...cycle].sort().join(' ');
    if (cycle !== null && !found.has(name)) found.set(name, cycle);
  }
  return [...found.values()];
}

function shortestWayBack(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  while (queue.length > 0) {
    const at = queue.shift()!;
    for (const target of next.get(at) ?? []) {
      if (target === start) {
        const way = [at];
        while (way[0] !== start) way.unshift(cameFrom.get(way[0]!)!);
        return way;
      }
      if (!cameFrom.has(target)) {
        cameFrom.set(target, at);
        queue.push(target);
      }
    }
  }
  return null;
}
