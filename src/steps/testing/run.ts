import { readFile, writeFile } from 'node:fs/promises';
import { digestJson } from '../../encoding/index.ts';
import { assert } from '../../errors/index.ts';
import {
  bitSealOf,
  type ClauseVerdict,
  decideGate,
  decideObjective,
  GateTally,
  type Ledger,
  openLedger,
  type UseRequest,
} from '../../model-ci/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { encryptJson, loadOrCreateSealingKey } from '../../provenance/index.ts';
import { modelIdentity } from '../registered-models.ts';
import { attestGate } from './attest-gate.ts';
import { describeIsolation, findExposures } from './exposures.ts';
import { type Foreseen, foresee } from './foreseen.ts';
import { type Judged, judge, knownBefore, withoutWords } from './judge.ts';
import { withOpenPart } from './open-part.ts';
import { checkPart, checksRoomBytes, requireSoundChecks, withChecks } from './part-checks.ts';
import { profilePart, statisticsRoomBytes, withStatistics } from './part-statistics.ts';
import { decidingChecks, normalForms, type TestingParams } from './plan.ts';
import type { GateVerdict } from './result.ts';
import { sketchRows } from './row-sketch.ts';
import { readSubjects } from './subjects.ts';

/** What is public of a part. */
interface PublicPart {
  readonly rowCount: number;
  readonly keyDigest: string;
}

/**
 * Carries out one gate: spends a use, opens the part, decides, and lets out one bit. Everything else is encrypted.
 * Where the verdict is known before, as with fewer examples than needed, or a check of the part cannot be carried out, no use is spent.
 */
export async function runGate(context: StepContext): Promise<void> {
  const params = context.params as unknown as TestingParams;
  assert(context.gateFiles !== null && context.sealingKey !== null, 'a gate runs without its ledger or key');
  const { ledger: path, useLogs } = context.gateFiles;
  const ledger = await openLedger(path, { seal: bitSealOf(context.sealingKey), useLogs });
  try {
    await testModel({ params, part: await readPublicPart(params, context), ledger }, context);
  } finally {
    await ledger.close();
  }
}

interface Testing {
  readonly params: TestingParams;
  readonly part: PublicPart;
  readonly ledger: Ledger;
}

async function testModel({ params, part, ledger }: Testing, context: StepContext): Promise<void> {
  const foreseen = await foresee(params, part.rowCount, context);
  const request = useOf(params, { part, registered: foreseen.registered }, context);
  if (foreseen.verdict !== null) {
    const spent = (await ledger.entries(request.part)).length;
    const usesLeft = Math.max(0, params.uses - spent);
    await writeForeseen({ params, part, usesLeft, verdict: foreseen.verdict }, context);
    return attestGate({ params, request, verdict: foreseen.verdict.verdict, entries: [] }, context);
  }
  await requireSoundChecks(params, context);
  await ledger.tellRows(request.part, () => sketchPart(params, context));
  const { usesLeft, fromLog, onSharing, ...answer } = await ledger.spend(request);
  const judged = answer.kind === 'known' ? knownBefore(answer.bit) : await decide(params, foreseen, context);
  if (answer.kind === 'spent') await ledger.settle(request, judged.bit);
  const verdict = await writeVerdict({ params, part, foreseen, judged, usesLeft, fromLog, onSharing }, context);
  const entries = await ledger.entries(request.part);
  attestGate({ params, request, verdict, entries, ...decidingChecks(params) }, context);
  context.value('part', request.part);
}

/** What the ledger knows the rows of the part by. Nothing of them is told to anybody else. */
async function sketchPart({ gate, name, task }: TestingParams, context: StepContext): Promise<string> {
  const engine = await context.tables();
  const secret = await loadOrCreateSealingKey(context.gateFiles!.keysDir, 'rows');
  const options = { project: name, key: task.key, secret };
  return await withoutWords(gate, () => withOpenPart(context, (path) => sketchRows(engine, path, options)));
}

async function readPublicPart(params: TestingParams, context: StepContext): Promise<PublicPart> {
  const manifest = JSON.parse(await readFile(context.inputs['split']![0]!.path, 'utf8')) as {
    parts: Record<string, PublicPart>;
  };
  return manifest.parts[params.part]!;
}

/**
 * The use is recorded by the rows of the part, by everything that decides the verdict, registered models among it, and by
 * model and transform.
 */
function useOf(
  params: TestingParams,
  { part, registered }: { readonly part: PublicPart; readonly registered: Foreseen['registered'] },
  context: StepContext,
): UseRequest {
  const { uses, feedback, gate, reliability, unknown, task, costs, trivial, clauses } = params;
  return {
    part: digestJson({ keys: part.keyDigest, rows: part.rowCount }),
    gate,
    gateDigest: digestJson({
      gate,
      uses,
      feedback,
      reliability,
      unknown,
      task,
      costs,
      trivial,
      registered: Object.fromEntries(Object.entries(registered).map(([name, model]) => [name, model?.digest ?? null])),
      objectives: normalForms(clauses),
      ...decidingChecks(params),
    }),
    commitment: params.commitment,
    model: modelIdentity(context),
    uses,
    feedback,
  };
}

/**
 * Looks at the part, then at what the models say of it: at both whatever comes of the first, so that neither time nor anything else
 * tells which of them decided.
 */
async function decide(params: TestingParams, foreseen: Foreseen, context: StepContext): Promise<Judged> {
  const checked = await withoutWords(params.gate, () => checkPart(params, context));
  const statistics = await withoutWords(params.gate, () => profilePart(params, context));
  const judged = await judge(params.gate, async () => {
    const clauses = await decideClauses(params, foreseen, context);
    return { bit: decideGate(clauses, params.unknown), clauses };
  });
  return withStatistics(withChecks(judged, checked), statistics);
}

async function decideClauses(
  params: TestingParams,
  { registered }: Foreseen,
  context: StepContext,
): Promise<ClauseVerdict[]> {
  const { subjects, selections, trainedOnPart } = await readSubjects({ params, registered }, context);
  const absent = Object.fromEntries(Object.entries(params.registered).map(([name, one]) => [name, one.absent]));
  return params.clauses.map(({ objective, price }) => {
    const tally = new GateTally(objective.terms);
    tally.add(subjects, selections);
    return decideObjective(objective, tally, { price, absent, trainedOnPart });
  });
}

interface Decided {
  readonly params: TestingParams;
  readonly part: PublicPart;
  readonly foreseen: Foreseen;
  readonly judged: Judged;
  readonly usesLeft: number;
  readonly fromLog: number;
  readonly onSharing: number;
}

async function writeVerdict(decided: Decided, context: StepContext): Promise<GateVerdict['verdict']> {
  const { params, part, foreseen, judged, usesLeft } = decided;
  const isSilent = params.feedback === 'none';
  const wrong = Number((1 - params.reliability).toPrecision(3));
  const skipped = Object.entries(foreseen.skipped).map(([name, why]) => `; ${name} was skipped: ${why}`);
  const says = `${isSilent ? 'the verdict goes to the owner only' : judged.bit}, wrong with probability at most ${wrong} over all ${params.uses} uses; ${usesLeft} left${describeSpent(decided)}${skipped.join('')}`;
  // Nobody but the owner learns a silent bit: every model goes on.
  const verdict = isSilent ? 'withheld' : judged.bit;
  await write(context, { ...(await publicFacts(params, part, context)), verdict, usesLeft, says });
  const isCompared = Object.values(foreseen.registered).some((model) => model !== null);
  context.value('passed_comparison', verdict === 'pass' && params.unknown === 'reject' && isCompared);
  const about = { gate: params.gate, model: context.inputs['model']![0]!.digest };
  const binding = {
    project: params.name,
    part: params.part,
    context: about,
    atLeastBytes: reportBytes(params, context),
  };
  const { path } = context.outputs['sealed_report']!;
  await writeFile(path, encryptJson(judged.report, context.sealingKey!, binding));
  return verdict;
}

/** Room for every report that objectives, checks and statistics can lead to: how large a report is must not tell how it came out. */
function reportBytes(params: TestingParams, context: StepContext): number {
  const ofPart = checksRoomBytes(params.checks) + statisticsRoomBytes(params, context);
  return params.clauses.reduce((sum, { price }) => sum + 512 * (1 + price.comparisonCount), 4096 + ofPart);
}

/** Where uses were spent that this project's ledger did not write down for this part. */
function describeSpent({ fromLog, onSharing }: Decided): string {
  const sharing = onSharing === 0 ? '' : `; ${onSharing} of the spent ones on parts that share rows with it`;
  return fromLog === 0 ? sharing : `${sharing}; ${fromLog} of the spent ones the ledger knows from the use log alone`;
}

interface Known {
  readonly params: TestingParams;
  readonly part: PublicPart;
  readonly usesLeft: number;
  readonly verdict: NonNullable<Foreseen['verdict']>;
}

async function writeForeseen({ params, part, usesLeft, verdict }: Known, context: StepContext): Promise<void> {
  await write(context, { ...(await publicFacts(params, part, context)), ...verdict, usesLeft });
  await writeFile(context.outputs['sealed_report']!.path, JSON.stringify({ sealed: false, says: verdict.says }));
}

async function publicFacts(
  params: TestingParams,
  part: PublicPart,
  context: StepContext,
): Promise<Omit<GateVerdict, 'verdict' | 'usesLeft' | 'says'>> {
  const { gate, reliability, uses, rowsNeeded } = params;
  const exposed = await findExposures(params, context);
  const isolation = describeIsolation(exposed);
  return { gate, part: params.part, reliability, uses, rowCount: part.rowCount, rowsNeeded, isolation, exposed };
}

async function write(context: StepContext, verdict: GateVerdict): Promise<void> {
  await writeFile(context.outputs['verdict']!.path, JSON.stringify(verdict));
  context.value('verdict', verdict.verdict);
}
