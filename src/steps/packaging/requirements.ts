import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPython } from './python.ts';
import type { PackagingWork } from './work.ts';

/** The lines of the package's requirements.txt, sorted: those of the model, of its transformation, and the declared ones. */
export async function packageRequirements(work: PackagingWork, modelFolder: string): Promise<readonly string[]> {
  const own = await readFile(join(modelFolder, 'requirements.txt'), 'utf8').catch(() => '');
  const lines = own.split('\n').map((line) => line.trim());
  const lowest = ['pandas', 'numpy'];
  if (work.model.description.library === 'onnx') lowest.push('onnxruntime');
  if (work.transform.prepared.length > 0) lowest.push('duckdb');
  const known = new Set([...lines, ...work.params.requirements].map(nameOf));
  const missing = lowest.filter((name) => !known.has(name));
  const pinned = await versionsOf(work, missing);
  const all = [...lines, ...work.params.requirements, ...missing.map((name) => pinned[name] ?? name)];
  return [...new Set(all.filter((line) => line !== '' && !line.startsWith('#')))].sort();
}

function nameOf(line: string): string {
  return line
    .split(/[\s[<>=!~;]/)[0]!
    .toLowerCase()
    .replaceAll('_', '-');
}

/** Exact versions of packages as lines for pip, where the step's environment has them. */
async function versionsOf(work: PackagingWork, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { python, signal } = work.context;
  if (python === null || names.length === 0) return {};
  return (await runPython(python, ['mlspec.requirements', ...names], signal)) as Record<string, string>;
}

/** The version of the interpreter that loads the package; null where Python does not load it. */
export async function pythonVersionOf(work: PackagingWork): Promise<string | null> {
  const { python, signal } = work.context;
  const { library } = work.model.description;
  if (library === 'typescript') return null;
  if (python === null) return '3.11.0';
  const answer = await runPython(python, ['mlspec.requirements', '--python'], signal);
  return String(answer['python']);
}
