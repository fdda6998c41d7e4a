/**
 * What lies in the folder of an exported run beside statements, proofs and artifacts, held to the statements: they name the
 * declaration, the plan, the files that steps loaded and the locks of their environments by digest. Statements are read here
 * without a look at who signed them: one that nobody signed who counts breaks a rule of its own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestFile } from '../../encoding/index.ts';
import { type EnvironmentLock, lockDigest } from '../../environments/index.ts';
import { digestSteps, type Plan } from '../../pipeline/index.ts';
import { type Envelope, layoutPredicateType, provenancePredicateType, type Statement } from '../../provenance/index.ts';
import { listFolder } from '../../provenance/model-signing/index.ts';
import { declarationPath, lockPath, planPath } from './layout-of-files.ts';

/** What the statements name. */
interface Named {
  readonly declarations: ReadonlySet<unknown>;
  readonly plans: ReadonlySet<unknown>;
  /** Paths of code with a digest, as `PATH sha256:…`. */
  readonly code: ReadonlySet<string>;
}

/** What of declaration, plan, code and locks is not as the statements of the run name it. Never throws. */
export async function findUnstated(folder: string, envelopes: readonly Envelope[]): Promise<string[]> {
  const named = namedIn(envelopes);
  const [declaration, plan] = [await digestOfFile(folder, declarationPath), await digestOfPlan(folder)];
  return [
    ...(named.declarations.has(declaration) ? [] : [`${declarationPath} is not the declaration of the layout`]),
    ...(named.plans.has(plan) ? [] : [`${planPath} is not the plan of the layout`]),
    ...(await unstatedCode(folder, named)),
    ...(await unstatedLocks(folder)),
  ];
}

function namedIn(envelopes: readonly Envelope[]): Named {
  const [declarations, plans, code] = [new Set<unknown>(), new Set<unknown>(), new Set<string>()];
  for (const { payload } of envelopes) {
    const said = readJson<Partial<Statement>>(Buffer.from(payload, 'base64').toString('utf8'));
    const predicate = said?.predicate as (LayoutShape & ProvenanceShape) | undefined;
    if (said?.predicateType === layoutPredicateType) {
      declarations.add(predicate?.spec?.digest);
      plans.add(predicate?.plan);
    }
    const read = predicate?.buildDefinition?.resolvedDependencies;
    if (said?.predicateType !== provenancePredicateType || !Array.isArray(read)) continue;
    for (const one of read as (Statement['subject'][number] | null)[]) {
      const [, path] = /^(?:code\/|external\/file:)(.+)$/s.exec(String(one?.name)) ?? [];
      if (path !== undefined) code.add(`${path} sha256:${one?.digest?.['sha256']}`);
    }
  }
  return { declarations, plans, code };
}

interface LayoutShape {
  readonly spec?: { readonly digest?: unknown };
  readonly plan?: unknown;
}

interface ProvenanceShape {
  readonly buildDefinition?: { readonly resolvedDependencies?: Statement['subject'] };
}

async function unstatedCode(folder: string, { code }: Named): Promise<string[]> {
  const { files } = await listFolder(join(folder, 'code'), new Set()).catch(() => ({ files: new Set<string>() }));
  const problems: string[] = [];
  for (const path of files)
    if (!code.has(`${path} ${await digestOfFile(join(folder, 'code'), path)}`))
      problems.push(`code/${path} is not what a step loaded`);
  return problems;
}

async function unstatedLocks(folder: string): Promise<string[]> {
  const { files } = await listFolder(join(folder, 'environments'), new Set()).catch(() => ({
    files: new Set<string>(),
  }));
  const problems: string[] = [];
  for (const name of files) {
    const path = `environments/${name}`;
    const text = await readFile(join(folder, path), 'utf8').catch(() => '');
    // An environment that is no list of packages, such as an image, has its digest alone.
    const isNone = text === 'null';
    if (!isNone && pathOfLock(readJson<EnvironmentLock>(text)) !== path)
      problems.push(`${path} is not the lock that it is named after`);
  }
  return problems;
}

function pathOfLock(lock: EnvironmentLock | null): string | null {
  try {
    return lock === null ? null : lockPath(lockDigest(lock));
  } catch {
    return null;
  }
}

async function digestOfPlan(folder: string): Promise<Digest | null> {
  try {
    return digestSteps(readJson<Plan>(await readFile(join(folder, planPath), 'utf8'))!.steps);
  } catch {
    return null;
  }
}

async function digestOfFile(folder: string, path: string): Promise<Digest | null> {
  return await digestFile(join(folder, path)).then(
    ({ digest }) => digest,
    () => null,
  );
}

function readJson<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
