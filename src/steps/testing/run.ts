import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestJson, type JsonValue } from '../../encoding/index.ts';
import { assert } from '../../errors/index.ts';
import {
  type ClauseVerdict,
  decideGate,
  decideObjective,
  GateTally,
  openLedger,
  type UseRequest,
} from '../../model-ci/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { encryptJson } from '../../provenance/index.ts';
import type { TestingParams } from './plan.ts';
import type { GateVerdict } from './result.ts';
import { readSubjects } from './subjects.ts';

const isolation =
  'same user: the part is sealed against everything that MLSpec hands out; a program of the same user could read the key file or the raw sources';

/** What is public of a part. */
interface PublicPart {
  readonly rowCount: number;
  readonly keyDigest: string;
}

/**
 * Carries out one gate: spends a use, opens the part, decides, and lets out one bit. Everything else is encrypted.
 * With fewer examples than needed no use is spent and the verdict was known before.
 */
export async function runGate(context: StepContext): Promise<void> {
  const params = context.params as unknown as TestingParams;
  const part = await readPublicPart(params, context);
  if (part.rowCount < params.rowsNeeded) return await writeTooFew(params, part, context);
  assert(context.ledgerPath !== null && context.sealingKey !== null, 'a gate runs without its ledger or key');
  const ledger = await openLedger(context.ledgerPath);
  try {
    const request = useOf(params, part, context);
    const answer = await ledger.spend(request);
    if (answer.kind === 'known')
      return await writeVerdict({ params, part, bit: answer.bit, usesLeft: answer.usesLeft, clauses: null }, context);
    const clauses = await decideClauses(params, context);
    const bit = decideGate(clauses, params.unknown);
    await ledger.settle(request, bit);
    await writeVerdict({ params, part, bit, usesLeft: answer.usesLeft, clauses }, context);
  } finally {
    await ledger.close();
  }
}

async function readPublicPart(params: TestingParams, context: StepContext): Promise<PublicPart> {
  const manifest = JSON.parse(await readFile(context.inputs['split']![0]!.path, 'utf8')) as {
    parts: Record<string, PublicPart>;
  };
  return manifest.parts[params.part]!;
}

/** The use is recorded by the rows of the part, by everything that decides the verdict, and by model and transform. */
function useOf(params: TestingParams, part: PublicPart, context: StepContext): UseRequest {
  const { uses, feedback, gate, reliability, unknown, task, costs, trivial, absent, clauses } = params;
  const digestOf = (port: string): Digest => context.inputs[port]![0]!.digest;
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
      absent,
      // What is decided, not what it is called or how it is written.
      objectives: clauses
        .map(({ objective: { terms, clauses: comparisons, tree, tolerance } }) =>
          digestJson({ terms, comparisons, tree, tolerance }),
        )
        .sort(),
    }),
    model: digestJson({ model: digestOf('model'), transform: digestOf('transform') }),
    uses,
    feedback,
  };
}

async function decideClauses(params: TestingParams, context: StepContext): Promise<ClauseVerdict[]> {
  const plain = join(context.workDir, 'sealed-part.parquet');
  try {
    const { subjects, selections } = await readSubjects(plain, params, context);
    return params.clauses.map(({ objective, price }) => {
      const tally = new GateTally(objective.terms);
      tally.add(subjects, selections);
      return decideObjective(objective, tally, { price, absent: params.absent });
    });
  } finally {
    await rm(plain, { force: true });
  }
}

interface Decided {
  readonly params: TestingParams;
  readonly part: PublicPart;
  readonly bit: 'pass' | 'fail';
  readonly usesLeft: number;
  /** null where the bit was known from before. */
  readonly clauses: readonly ClauseVerdict[] | null;
}

async function writeVerdict(decided: Decided, context: StepContext): Promise<void> {
  const { params, part, bit, usesLeft } = decided;
  const isSilent = params.feedback === 'none';
  const says = `${isSilent ? 'the verdict goes to the owner only' : bit}, wrong with probability at most ${Number((1 - params.reliability).toPrecision(3))} over all ${params.uses} uses; ${usesLeft} left`;
  // With feedback `none` nobody but the owner learns the bit: every model goes on.
  await write(context, { ...publicFacts(params, part), verdict: isSilent ? 'pass' : bit, usesLeft, says });
  const report = { bit, clauses: decided.clauses ?? 'known from an earlier use' } as unknown as JsonValue;
  const context_ = { gate: params.gate, model: context.inputs['model']![0]!.digest };
  await writeFile(
    context.outputs['sealed_report']!.path,
    encryptJson(report, context.sealingKey!, { project: params.name, part: params.part, context: context_ }),
  );
}

async function writeTooFew(params: TestingParams, part: PublicPart, context: StepContext): Promise<void> {
  const says = `${part.rowCount} examples, ${params.rowsNeeded} are needed: no use was spent`;
  await write(context, { ...publicFacts(params, part), verdict: 'unknown-before', usesLeft: params.uses, says });
  await writeFile(context.outputs['sealed_report']!.path, JSON.stringify({ sealed: false, says }));
}

function publicFacts(params: TestingParams, part: PublicPart): Omit<GateVerdict, 'verdict' | 'usesLeft' | 'says'> {
  const { gate, reliability, uses, rowsNeeded } = params;
  return { gate, part: params.part, reliability, uses, rowCount: part.rowCount, rowsNeeded, isolation };
}

async function write(context: StepContext, verdict: GateVerdict): Promise<void> {
  await writeFile(context.outputs['verdict']!.path, JSON.stringify(verdict));
  context.value('verdict', verdict.verdict);
}
