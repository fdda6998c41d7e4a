import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName, pathExists } from '../encoding/index.ts';
import { type Finding, locateFindings, type ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';

/** A file that a declaration names, and where it does. */
interface NamedFile {
  readonly file: string;
  readonly path: Finding['path'];
}

const pattern = /[*?[{]/;

/**
 * Warnings about files that the declaration names and that are not there. No errors: a declaration can be checked where its
 * data are not, and a file can be made before the run.
 */
export async function missingFileFindings(config: Config, spec: ResolvedSpec): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const named of namedFiles(spec)) {
    const place = resolve(config.projectRoot, named.file);
    if (!(await pathExists(place))) findings.push(await missing(named, place));
  }
  return [...locateFindings(spec, findings)];
}

async function missing({ file, path }: NamedFile, place: string): Promise<Finding> {
  const others = await readdir(dirname(place)).catch(() => []);
  const nearest = nearestName(basename(place), others);
  return {
    rule: 'project/file-missing',
    severity: 'warning',
    path,
    message: `there is no file ${file} (relative to the declaration)`,
    found: file,
    suggestion:
      nearest === null
        ? 'correct the path, or make the file before the run'
        : `did you mean ${join(dirname(file), nearest)}?`,
  };
}

function namedFiles(spec: ResolvedSpec): NamedFile[] {
  const { ingestion, validation, training, steps } = spec;
  return [
    ...Object.entries(ingestion.sources).flatMap(([name, source]) =>
      [source.path, source.environment, pythonFile(source.python?.split(':')[0])]
        .filter((file) => file != null && !pattern.test(file))
        .map((file) => ({ file: file!, path: ['ingestion', 'sources', name] })),
    ),
    ...(ingestion.query?.file == null ? [] : [{ file: ingestion.query.file, path: ['ingestion', 'query'] }]),
    ...(validation.schema === null ? [] : [{ file: validation.schema, path: ['validation', 'schema'] }]),
    ...(training === null ? [] : codeFiles(training, ['training'])),
    ...Object.entries(steps).flatMap(([name, step]) => codeFiles(step, ['steps', name])),
  ];
}

type Runnable = Pick<NonNullable<ResolvedSpec['training']>, 'environment'> & {
  readonly implementation: NonNullable<ResolvedSpec['training']>['implementation'] | null;
};

function codeFiles({ implementation, environment }: Runnable, above: readonly string[]): NamedFile[] {
  const file =
    implementation?.kind === 'python'
      ? pythonFile(implementation.module)
      : implementation?.kind === 'typescript'
        ? implementation.file
        : null;
  return [
    ...(file === null ? [] : [{ file, path: [...above, implementation!.kind] }]),
    ...(environment?.file == null ? [] : [{ file: environment.file, path: [...above, 'environment'] }]),
  ];
}

/** A module that is named as a file; one that is named by dots may be installed. */
function pythonFile(module: string | undefined): string | null {
  return module?.endsWith('.py') === true ? module : null;
}
