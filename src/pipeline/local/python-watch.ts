/**
 * The code that the Python of a command loads. Every Python process that a command starts runs, before the program, the
 * `sitecustomize` of the product: the first folder of PYTHONPATH holds it. It appends what is loaded to a report as it
 * is loaded (`python/mlspec/watcher.py`), so that the report is whole also where a process is killed.
 *
 * A Python that does not look at its environment (`-I`, `-E`, `-S`), is older than 3.9, or is started with another PYTHONPATH tells
 * nothing. Where the command itself is Python, or a process was seen to be one, the code of the command is then not
 * known, which is another thing than no code.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { isDigest } from '../../encoding/index.ts';
import type { Invocation, InvocationResult, LoadedFile } from '../invocation.ts';

const partsOfNote = 4;

/** Where the watcher of an attempt reports to. */
function reportPath(invocation: Invocation): string {
  return join(dirname(invocation.resultPath), 'code-of-python');
}

/** The variables that make every Python process of a command report its code. */
export function watchVariables(
  env: Readonly<Record<string, string>>,
  invocation: Invocation,
  programRoot: string,
): Record<string, string> {
  const before = env['PYTHONPATH'];
  return {
    PYTHONPATH: [join(programRoot, 'python', 'mlspec', 'watch'), ...(before ? [before] : [])].join(delimiter),
    MLSPEC_CODE_REPORT: reportPath(invocation),
    MLSPEC_CODE_ROOT: invocation.projectRoot,
  };
}

/** What the Python processes of a command reported. `pythons` are numbers of processes that were seen to be Python. */
export async function readWatchedCode(
  invocation: Invocation,
  pythons: readonly number[],
): Promise<InvocationResult['code']> {
  const path = reportPath(invocation);
  if (existsSync(`${path}.cut`)) return unknown('the report of its Python could not be written to its end');
  const parts = (await readFile(path, 'utf8').catch(() => '')).split('\0');
  if (parts.length % partsOfNote !== 1) return unknown('the report of its Python is cut off');
  const notes = Array.from({ length: (parts.length - 1) / partsOfNote }, (_, index) =>
    parts.slice(index * partsOfNote, (index + 1) * partsOfNote),
  );
  const processes = notes.filter(([kind]) => kind === 'process');
  const reported = new Set(processes.map(([, id]) => Number(id)));
  if (pythons.some((id) => !reported.has(id)) || (isPython(invocation) && reported.size === 0))
    return unknown(
      'a Python of it did not report what it loaded (-I, -E, -S, a PYTHONPATH of its own, or older than 3.9)',
    );
  const code = notes.flatMap(([kind, , name, digest]) => (kind === 'code' ? [{ path: name!, digest: digest! }] : []));
  const files = new Map(
    code
      .filter(({ digest }) => isDigest(digest))
      .reverse()
      .map((file) => [file.path, file]),
  );
  return {
    files: [...files.values()] as LoadedFile[],
    absent: code.filter(({ path: name, digest }) => digest === '' && !files.has(name)).map((file) => file.path),
    interpreters: [...new Set(processes.flatMap(([, , name]) => (name === '' ? [] : [name!])))],
  };
}

function unknown(why: string): InvocationResult['code'] {
  return { files: [], absent: [], unknown: why };
}

function isPython({ component }: Invocation): boolean {
  return component.kind === 'command' && isPythonName(component.argv[0] ?? '');
}

/** Whether a program is a Python interpreter, by its name. */
export function isPythonName(program: string): boolean {
  return /^(?:python|pypy)[\d.]*t?$/.test(basename(program));
}
