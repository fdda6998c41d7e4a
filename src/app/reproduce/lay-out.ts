/** A project folder in which an exported run can be carried out again: its code, its files, its plan. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestFile, pathExists } from '../../encoding/index.ts';
import type { EnvironmentLock } from '../../environments/index.ts';
import { PlatformError } from '../../errors/index.ts';
import {
  digestSteps,
  type EnvironmentReference,
  isBeside,
  type Plan,
  predecessors,
  selectSteps,
} from '../../pipeline/index.ts';
import { listFolder } from '../../provenance/model-signing/index.ts';
import { declarationPath, lockPath, planPath } from '../export/layout-of-files.ts';
import { makeEmpty } from '../export/require-empty.ts';
import type { RecordedStep } from './recorded-steps.ts';

/** Where things are taken from and put. */
export interface LayOut {
  /** The exported folder. */
  readonly folder: string;
  /** Where files lie that the export does not carry: sources of data above all. */
  readonly files: string;
  /** The new project. */
  readonly into: string;
  readonly steps: ReadonlyMap<string, RecordedStep>;
}

/** What is to be carried out. */
export interface LaidOut {
  readonly plan: Plan;
  /** The canonical text of the resolved declaration. */
  readonly spec: string;
}

/**
 * Lays a project out. Every file is the one that the run read, by its digest; environments are those of its locks, package
 * by package. Of the plan only what `mlspec run` carries out is left, since a gate answers once, and of that what compares with
 * no registered model.
 * @throws PlatformError EXPORT_NOT_REPRODUCIBLE, before anything is written; PLACE_NOT_WRITABLE
 */
export async function layOut(work: LayOut): Promise<LaidOut> {
  const recorded = JSON.parse(await readFile(join(work.folder, planPath), 'utf8')) as Plan;
  const plan = withoutPinned(selectSteps(recorded, { release: false }).plan);
  const steps = await Promise.all(
    plan.steps.map(async (step) => {
      if (step.environment === null) return step;
      return { ...step, environment: await lockedReference(work, step.name, step.environment) };
    }),
  );
  const outside = await findFiles(work, plan);
  await makeEmpty(work.into);
  await copyCode(work);
  for (const path of outside) await copyInto(join(work.files, path), join(work.into, path));
  const spec = await readFile(join(work.folder, declarationPath), 'utf8');
  await writeFile(join(work.into, declarationPath), spec);
  return { spec, plan: { ...plan, steps, digest: digestSteps(steps) } };
}

/** Steps that compare with a registered model, which the folder does not carry, are left out with all that needs them. */
function withoutPinned(whole: Plan): Plan {
  const plan = { ...whole, steps: whole.steps.map(withoutEarlier) };
  const left = new Set<string>();
  for (const step of plan.steps) {
    const isPinned = Object.values(step.inputs).some((input) => (input.pinned ?? []).length > 0);
    if (isPinned || predecessors(step).some((name) => left.has(name))) left.add(step.name);
  }
  return { ...plan, steps: plan.steps.filter(({ name }) => !left.has(name)) };
}

/** Reports of earlier runs, which the folder does not carry either, say nothing then: what was judged by them is not judged. */
function withoutEarlier(step: Plan['steps'][number]): Plan['steps'][number] {
  const inputs = Object.entries(step.inputs).map(([port, input]) => {
    const { pinned = [], ...rest } = input;
    return [port, input.unlike === undefined || pinned.length === 0 ? input : rest] as const;
  });
  return { ...step, inputs: Object.fromEntries(inputs) };
}

async function copyCode({ folder, into }: LayOut): Promise<void> {
  const { files } = await listFolder(join(folder, 'code'), new Set()).catch(() => ({ files: [] }));
  for (const path of files) await copyInto(join(folder, 'code', path), join(into, path));
}

/** What steps declare to read and the export does not carry as code: paths below the folder for files, of which each is the one that was read. */
async function findFiles({ folder, files, steps }: LayOut, plan: Plan): Promise<string[]> {
  const wanted = new Map(plan.steps.flatMap(({ name }) => [...(steps.get(name)?.files ?? [])]));
  const missing: string[] = [];
  const found: string[] = [];
  for (const [path, digest] of wanted) {
    if (isBeside(path)) missing.push(`${path}, which lies outside the project`);
    else if (await pathExists(join(folder, 'code', path))) continue;
    else if (await holds(join(files, path), digest)) found.push(path);
    else missing.push(`${path} (${digest})`);
  }
  if (missing.length > 0)
    throw notReproducible(
      `expected in ${files} the very files that the run read, found none such: ${missing.join('; ')}`,
    );
  return found;
}

async function holds(path: string, digest: Digest): Promise<boolean> {
  const found = await digestFile(path).catch(() => null);
  return found?.digest === digest;
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** The environment that a step ran in, package by package, whatever its requirements would come to today. */
async function lockedReference(
  { folder, steps }: LayOut,
  step: string,
  reference: EnvironmentReference,
): Promise<EnvironmentReference> {
  const digest = steps.get(step)?.environment ?? null;
  const text = digest === null ? null : await readFile(join(folder, lockPath(digest)), 'utf8').catch(() => null);
  if (text === null) throw notReproducible(`the lock of the environment of ${step} is not in the folder`);
  const { packages } = JSON.parse(text) as Pick<EnvironmentLock, 'packages'>;
  const requirements = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  return { ...reference, file: null, requirements };
}

function notReproducible(message: string): PlatformError {
  return new PlatformError('EXPORT_NOT_REPRODUCIBLE', { message });
}
