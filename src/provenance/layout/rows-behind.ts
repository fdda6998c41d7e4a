/**
 * Which rows an output of a step was made from: the parts of the split that lead to it, through whatever steps. It follows the wiring of a graph, of a plan or of a signed
 * layout; that each step really read what the wiring says is what the rules of flow hold. What a built-in stage makes of each part apart stays apart; everything else
 * that a step leaves may hold something of all that it read.
 */

/** A step as far as its wiring goes. */
export interface WiredStep {
  readonly name: string;
  readonly stage: string;
  readonly inputs: Readonly<
    Record<string, { readonly sources: readonly { readonly step: string; readonly port: string }[] }>
  >;
  /** Whether it is the stage itself, and no code of the project. */
  readonly isBuiltIn: boolean;
}

/** Stands among parts for rows that were not divided yet: those of every part may be among them. */
export const undivided = '(not divided)';

/** The part that models are fitted on. */
export const fittingPart = 'train';

/** Outputs of the product's own steps that tell of no row. */
const withoutRows: Readonly<Record<string, readonly string[]>> = { ingestion: ['report'], splitting: ['split'] };

/**
 * The parts that an output was made from, `undivided` among them where it is of rows before the split. Steps that are not there, and pinned artifacts, add nothing.
 */
export function rowsBehind(
  steps: ReadonlyMap<string, WiredStep>,
  output: { readonly step: string; readonly port: string },
): ReadonlySet<string> {
  const parts = new Set<string>();
  const seen = new Set<string>();
  const waiting = [output];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const name = `${next.step}\n${next.port}`;
    const step = steps.get(next.step);
    if (step === undefined || seen.has(name)) continue;
    seen.add(name);
    const ownPart = partOf(step, next.port);
    if (ownPart !== null) parts.add(ownPart);
    else waiting.push(...sourcesOf(step, next.port));
  }
  return parts;
}

/** The parts that an input port of a step reads from; of several ports, all of them. */
export function rowsRead(
  steps: ReadonlyMap<string, WiredStep>,
  step: WiredStep,
  ports: readonly string[] = Object.keys(step.inputs),
): ReadonlySet<string> {
  const sources = ports.flatMap((port) => step.inputs[port]?.sources ?? []);
  return new Set(sources.flatMap((source) => [...rowsBehind(steps, source)]));
}

/** The part that an output is; null where it is made from inputs of its step. */
function partOf(step: WiredStep, port: string): string | null {
  if (!step.isBuiltIn || withoutRows[step.stage]?.includes(port)) return null;
  if (step.stage === 'ingestion') return undivided;
  return step.stage === 'splitting' ? port : null;
}

function sourcesOf(step: WiredStep, port: string): { readonly step: string; readonly port: string }[] {
  if (step.isBuiltIn && withoutRows[step.stage]?.includes(port)) return [];
  const isApart = step.isBuiltIn && (step.stage === 'validation' || step.stage === 'transformation');
  // Each part as it came out of the stage, and the transformation, which is fitted on one part.
  const own = isApart ? (port === 'transform' ? fittingPart : port) : null;
  const inputs = own !== null && own in step.inputs ? [step.inputs[own]!] : Object.values(step.inputs);
  return inputs.flatMap(({ sources }) => sources);
}
