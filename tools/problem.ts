import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** One thing that a check found wrong: where, which rule, and what to do. */
export interface Problem {
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  /** 1-based; 0 where the whole file is meant. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** The root of this repository. */
export const repositoryRoot = join(import.meta.dirname, '..');

const skippedFolders = new Set([
  'node_modules',
  'dist',
  '.git',
  '.mlspec',
  '__pycache__',
  'coverage',
  '.venv',
  'build',
]);

/**
 * Files below `folder` whose name ends with one of `endings`, as paths from `root` with forward slashes, sorted.
 * An absent folder has no files. Dependencies, build results and recorded runs are left out.
 */
export function listFiles(root: string, folder: string, endings: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) visit(join(path, entry.name));
      if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
        found.push(relative(root, join(path, entry.name)).split(sep).join('/'));
      }
    }
  };
  try {
    visit(join(root, folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found.sort();
}

/** Whether a path is a test or belongs to one. */
export function isTestFile(file: string): boolean {
  return file.endsWith('.test.ts') || file.startsWith('test/') || file.split('/').includes('fixtures');
}

/** The problems as `file:line: rule: message`, one a line, in the order of the files. */
export function formatProblems(problems: readonly Problem[]): string {
  const place = (p: Problem) => (p.line > 0 ? `${p.file}:${p.line}` : p.file);
  return [...problems]
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map((p) => `${place(p)}: ${p.rule}: ${p.message}`)
    .join('\n');
}

/** Prints problems and sets the exit code; the last line says how it went. For a tool run on its own. */
export function report(name: string, problems: readonly Problem[], looked: string): void {
  if (problems.length > 0) {
    console.log(formatProblems(problems));
    process.exitCode = 1;
  }
  console.log(problems.length === 0 ? `${name}: ok (${looked})` : `${name}: ${problems.length} problems (${looked})`);
}
