/**
 * The plan of a run, without the language of the declaration where nothing changed. A plan is a function of the
 * declaration's text, of the files that it imports, of the parameters and the profile chosen, of the registered models that it
 * compares with and the earlier reports that it reads, and of the program. Beside the record one plan is kept for each declaration and profile, with all of these as they were; it stands in for planning
 * while every one of them is equal. Loading and checking the language takes longer than everything else that a run does
 * in which all is reused.
 *
 * What is kept is signed with the key that signs layouts: whoever could make a kept plan say something else could sign
 * another layout as well. It only saves time: an entry that is absent, damaged, out of date or of another signer is made
 * again, and one that cannot be written is made again the next time. A wrong declaration is never kept.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, type Digest, digestHex, digestJson, digestOf, writeFileAtomically } from '../encoding/index.ts';
import type { Plan } from '../pipeline/index.ts';
import { openEnvelope, parseEnvelope, signEnvelope } from '../provenance/index.ts';
import { type BaselineNames, baselineNames, findBaselines, type PinnedBaselines } from './baselines.ts';
import type { Config } from './config.ts';
import type { LoadedSpec } from './load-spec.ts';
import { programStamp } from './program-stamp.ts';
import type { Signing } from './signing.ts';
import { parseParams, readInside, readSpecFile, type SpecChoice } from './spec-source.ts';

/** What a run is carried out and recorded with. */
export interface RunnablePlan {
  readonly plan: Plan;
  /** The canonical text of the resolved declaration. */
  readonly spec: string;
  /** The parameters given on the command line, as read. */
  readonly params: Readonly<Record<string, string>>;
  /** The name under which a package is registered. */
  readonly model: string;
  /** The registered models that the plan compares with. */
  readonly baselines: PinnedBaselines;
}

interface KeptPlan extends RunnablePlan {
  /** What the plan is a function of, beside the files and the registered models that it names. */
  readonly basis: Digest;
  readonly names: BaselineNames;
  readonly reads: readonly (readonly [path: string, digest: Digest | null])[];
}

const formatVersion = 4;
const keptType = 'application/vnd.mlspec.kept-plan+json';
const codeFolder = fileURLToPath(new URL('..', import.meta.url));

/**
 * The plan of the project's declaration.
 * @throws PlatformError SPEC_NOT_FOUND, CLI_USAGE, SPEC_INVALID with all findings
 */
export async function planRun(config: Config, choice: SpecChoice, signing: Signing): Promise<RunnablePlan> {
  const params = parseParams(choice.params);
  const program = programStamp(codeFolder, config.programRoot);
  const basisOf = (text: string): Digest =>
    digestJson({ formatVersion, program, params, profile: choice.profile ?? null, text });
  const path = join(config.stateDir, 'plans', `${keptName(config, choice)}.json`);
  const kept = await readKept(path, signing);
  if (kept?.basis === basisOf(await readSpecFile(config)) && (await isUnchanged(kept, config))) return kept;
  // The stamp was taken before the language was loaded: a program that changed meanwhile is seen the next time.
  const { loaded, names, ...made } = await planAfresh(config, choice);
  await keep(path, { ...made, names, basis: basisOf(loaded.text), reads: [...loaded.reads] }, signing);
  return made;
}

/** The same without looking at what was kept, and without keeping it. */
export async function planAfresh(
  config: Config,
  choice: SpecChoice,
): Promise<RunnablePlan & { loaded: LoadedSpec; names: BaselineNames }> {
  const [{ planProject }, { canonicalSpec }] = await Promise.all([
    import('./plan-project.ts'),
    import('../spec/index.ts'),
  ]);
  const { plan, spec, loaded, baselines } = await planProject(config, choice);
  const names = baselineNames(spec);
  const { model } = names;
  return { plan, spec: canonicalSpec(spec), params: loaded.params, model, baselines, loaded, names };
}

function keptName(config: Config, choice: SpecChoice): string {
  return digestHex(digestJson([config.specFile, choice.profile ?? null])).slice(0, 32);
}

/** What the owner's key signed, of whatever lies there; null for everything else. */
async function readKept(path: string, signing: Signing): Promise<KeptPlan | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const owner = await signing.signer('owner');
  try {
    const opened = openEnvelope(parseEnvelope(text), { keys: [owner] });
    return opened?.payloadType === keptType ? (JSON.parse(opened.body.toString('utf8')) as KeptPlan) : null;
  } catch {
    return null;
  }
}

async function isUnchanged({ reads, names, baselines }: KeptPlan, config: Config): Promise<boolean> {
  for (const [path, digest] of reads) {
    const text = await readInside(config.projectRoot, path);
    if ((text === null ? null : digestOf(text)) !== digest) return false;
  }
  return canonicalJson(baselines) === canonicalJson(await findBaselines(config, names));
}

async function keep(path: string, kept: KeptPlan, signing: Signing): Promise<void> {
  const envelope = await signEnvelope(keptType, Buffer.from(JSON.stringify(kept)), [await signing.signer('owner')]);
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, JSON.stringify(envelope), { mode: 0o600, flush: false });
  } catch {
    // What cannot be written here cannot be recorded either: opening the record says why.
  }
}
