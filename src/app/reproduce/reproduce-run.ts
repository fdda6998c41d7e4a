/**
 * An exported run, carried out again from its folder in a project of its own, and compared with what it left before, digest
 * by digest. The finding is signed with this user's runner key.
 */
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { RunEvent } from '../../pipeline/index.ts';
import { envelopeOf } from '../../provenance/index.ts';
import { type Config, loadConfig } from '../config.ts';
import { requireEmpty } from '../export/require-empty.ts';
import { isExport, readEnvelopes, verifyExport } from '../export/verify-export.ts';
import { carryOutPlan } from '../run.ts';
import { pathInside } from '../sign/path-inside.ts';
import { openSigning } from '../signing.ts';
import { type ComparedPlaces, compareOutputs, worstOf } from './compare-outputs.ts';
import { findingStatement } from './finding-statement.ts';
import { layOut } from './lay-out.ts';
import { type RecordedStep, recordedSteps } from './recorded-steps.ts';
import type { ReproducedStep } from './reproduced-step.ts';

/** How a run is to be reproduced. */
export interface ReproduceRequest {
  /** The exported folder. */
  readonly folder: string;
  /** A new or empty folder for the project in which it is carried out again. */
  readonly into: string;
  /** Where the files lie that the export does not carry. */
  readonly files: string;
  /** By how much numbers may differ; null: as the declaration says for its package, else not at all. */
  readonly tolerance: number | null;
  /** Carries out code that nobody signed whom this user trusts. */
  readonly isUntrustedAllowed: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** What came of it. */
export interface Reproduction {
  readonly run: string;
  readonly again: string;
  readonly into: string;
  readonly tolerance: number;
  readonly steps: readonly ReproducedStep[];
  /** What was another than before, beside outputs: program, environments. */
  readonly circumstances: readonly string[];
  /** Whether every step that was carried out again left the same, or the same within the tolerance. */
  readonly isReproduced: boolean;
  /** The signed finding, a DSSE envelope in `into`. */
  readonly statement: string;
}

const findingName = 'reproduction.intoto.json';

/**
 * Carries an exported run out again and compares.
 * @throws PlatformError EXPORT_BAD where the folder is none or contradicts itself, EXPORT_UNTRUSTED,
 *   EXPORT_NOT_REPRODUCIBLE, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE
 */
export async function reproduceRun(config: Config, request: ReproduceRequest): Promise<Reproduction> {
  const folder = resolve(request.folder);
  const into = resolve(request.into);
  await requireEmpty(into);
  await requireOutside(folder, into);
  const run = await requireWhole(config, folder, request);
  const bodies = (await readEnvelopes(folder)).map(({ payload }) => Buffer.from(payload, 'base64').toString('utf8'));
  const before = recordedSteps(bodies, run);
  const { plan, spec } = await layOut({ folder, into, files: resolve(request.files), steps: before });
  const tolerance = request.tolerance ?? declaredTolerance(spec);
  const own = loadConfig({
    env: { ...config.env, MLSPEC_STATE_DIR: undefined, MLSPEC_METADATA_URL: undefined },
    cwd: into,
    specFile: join(into, 'mlspec.yaml'),
  });
  const onProgress = (message: string): void => request.onEvent({ type: 'notice', message, atMs: now() });
  const signing = openSigning(own, onProgress);
  const planned = {
    plan,
    spec,
    params: {},
    model: plan.name,
    baselines: { registered: {}, earlier: {}, artifacts: [] },
  };
  const asked = { selection: {}, force: new Set<string>(), failFast: false, verb: 'run', params: [] } as const;
  return await carryOutPlan(
    own,
    { planned, signing, onProgress, request: { ...asked, signal: request.signal, onEvent: request.onEvent } },
    async ({ artifacts, metadata }, result) => {
      const scratch = join(own.stateDir, 'compared');
      await mkdir(scratch, { recursive: true });
      const after = recordedSteps(
        (await metadata.statements(result.runId)).map(({ body }) => body),
        result.runId,
      );
      const steps: ReproducedStep[] = [];
      for (const [step, then] of before)
        steps.push(
          await compareStep({ step, then, again: after.get(step) }, { folder, artifacts, scratch, tolerance }),
        );
      const plans = { before: [...before.values()][0]!.plan, after: plan.digest };
      const finding = { run, again: result.runId, plans, tolerance, steps };
      const { body, signatures } = await signing.statement(findingStatement(finding), 'runner');
      const statement = join(into, findingName);
      await writeFile(statement, `${JSON.stringify(envelopeOf({ body, signatures }))}\n`);
      return {
        ...{ run, again: result.runId, into, tolerance, steps, statement },
        circumstances: circumstancesOf(before, after),
        isReproduced: steps.every(({ likeness }) => likeness !== 'differs' && likeness !== 'failed'),
      };
    },
  );
}

/** What lay in the exported folder beside what was signed would spoil it. */
async function requireOutside(folder: string, into: string): Promise<void> {
  const inside = pathInside(await realpath(folder).catch(() => folder), into);
  if (into !== folder && inside.length === 0) return;
  throw new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected a folder outside ${folder}, found ${into}: the run would not be whole any more`,
  });
}

/** The run of a folder whose signatures hold together. */
async function requireWhole(
  config: Config,
  folder: string,
  { isUntrustedAllowed, signal }: Pick<ReproduceRequest, 'isUntrustedAllowed' | 'signal'>,
): Promise<string> {
  if (!(await isExport(folder)))
    throw new PlatformError('EXPORT_BAD', { message: `expected ${folder} to be an exported run, found none` });
  const { run, isGood, isConsistent } = await verifyExport(config, folder, { signal });
  if (!isConsistent)
    throw new PlatformError('EXPORT_BAD', {
      message: `expected ${folder} to hold together, found that it does not`,
      hint: `See: mlspec verify ${folder}`,
    });
  if (!isGood && !isUntrustedAllowed)
    throw new PlatformError('EXPORT_UNTRUSTED', {
      message: `expected the run of ${folder} to be verified by keys that you trust, found that it is not`,
    });
  return run;
}

/** What the declaration allows a package to differ from its model; 0 where it has none. */
function declaredTolerance(spec: string): number {
  const { packaging } = JSON.parse(spec) as { readonly packaging?: { readonly tolerance?: unknown } | null };
  return typeof packaging?.tolerance === 'number' ? packaging.tolerance : 0;
}

interface Again {
  readonly step: string;
  readonly then: RecordedStep;
  readonly again: RecordedStep | undefined;
}

async function compareStep({ step, then, again }: Again, places: ComparedPlaces): Promise<ReproducedStep> {
  const of = { step, before: then.outputs };
  const without = (likeness: ReproducedStep['likeness'], why: string): ReproducedStep => ({
    ...of,
    likeness,
    why,
    outputs: [],
  });
  if (!isWhole(then)) return without('left-out', `it ended ${then.state} before`);
  if (again === undefined)
    return without('left-out', 'it belongs to a release, where gates answer once, or compares with a registered model');
  if (!isWhole(again)) return without('failed', `it ended ${again.state} this time`);
  const outputs = await compareOutputs(then, again, places);
  return { ...of, outputs, likeness: worstOf(outputs.map(({ likeness }) => likeness)), why: '' };
}

function isWhole({ state }: RecordedStep): boolean {
  return state === 'COMPLETE' || state === 'CACHED';
}

/** Other versions of the program, other environments. */
function circumstancesOf(
  before: ReadonlyMap<string, RecordedStep>,
  after: ReadonlyMap<string, RecordedStep>,
): string[] {
  const found = [...after].flatMap(([step, now]) => {
    const then = before.get(step);
    if (then === undefined) return [];
    const program = then.program === now.program ? [] : [`mlspec ${now.program} instead of ${then.program}`];
    const isOther = then.environment !== null && then.environment !== now.environment;
    return isOther ? [...program, `the environment of ${step} has another lock`] : program;
  });
  return [...new Set(found)];
}
