import type { JsonObject } from '../../encoding/index.ts';
import { type GraphBuilder, type PlanStep, type PortSource, predecessors } from '../../pipeline/index.ts';
import { fittingPart, notFailed, rowsRead, testResultPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec, SliceSpec } from '../../spec/index.ts';
import { wiredSteps } from '../wired-steps.ts';

/** A table that a step left, and the tables that it was made from. */
export interface InspectedTable extends PortSource {
  /** How its rows are known again: by their own columns, as the rows of the part; `declared`: of a step of the project's own, by what it left of them. */
  readonly kind: 'part' | 'quarantined' | 'transformed' | 'declared';
  /** Where it stands among the tables; empty for the parts themselves. */
  readonly from: readonly number[];
}

/** What the inspection depends on; the parameters of its step. */
export interface InspectionParams {
  readonly columns: readonly SliceSpec[];
  readonly mostLoss: number;
  readonly severity: 'warn' | 'fail';
  readonly key: readonly string[];
  /** In the order in which steps make them; those of the input port `parts` first. */
  readonly tables: readonly InspectedTable[];
}

/**
 * One step that counts the groups of the declared columns in every table of open rows that a step leaves before anything is trained. Stages that come before it do not
 * wait for it; training does where a lost group fails the run.
 */
export function planInspection({ analysis, splitting, task }: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { inspect } = analysis;
  if (inspect === null || inspect === undefined) return [];
  const open = splitting.order.filter((part) => !splitting.sealed.includes(part));
  const parts = [fittingPart, ...open.filter((part) => part !== fittingPart)];
  const tables = tablesOf(graph.steps(), parts);
  const params: InspectionParams = {
    columns: inspect.columns,
    mostLoss: inspect.most_loss,
    severity: inspect.severity,
    key: task.key,
    tables,
  };
  const sources = (isPart: boolean): PortSource[] =>
    tables.filter(({ kind }) => (kind === 'part') === isPart).map(({ step, port }) => ({ step, port }));
  graph.add({
    name: 'inspection',
    stage: 'inspection',
    component: { kind: 'builtin', stage: 'inspection' },
    inputs: {
      parts: { type: 'Dataset', many: true, sources: sources(true) },
      tables: { type: 'Dataset', many: true, optional: true, sources: sources(false) },
      ingested: { type: 'Report', sources: [{ step: 'ingestion', port: 'report' }] },
    },
    outputs: { report: { type: 'Report' } },
    params: params as unknown as JsonObject,
    attests: [testResultPredicateType],
    results: inspect.severity === 'warn' ? notFailed : ['PASSED'],
  });
  return [];
}

/** Every table of open rows, each behind those that it was made from. */
function tablesOf(steps: readonly PlanStep[], parts: readonly string[]): InspectedTable[] {
  const tables: InspectedTable[] = parts.map((port) => ({ step: 'splitting', port, kind: 'part', from: [] }));
  const placeOf = ({ step, port }: PortSource): number[] => {
    const at = tables.findIndex((table) => table.step === step && table.port === port);
    return at < 0 ? [] : [at];
  };
  const add = (step: PlanStep, port: string, kind: InspectedTable['kind'], sources: readonly PortSource[]): void => {
    tables.push({ step: step.name, port, kind, from: [...new Set(sources.flatMap(placeOf))] });
  };
  for (const [stage, kind] of [
    ['validation', 'quarantined'],
    ['transformation', 'transformed'],
  ] as const)
    for (const step of steps.filter((one) => one.name === stage))
      for (const port of parts.filter((part) => step.outputs[part] !== undefined))
        add(step, port, kind, step.inputs[port]!.sources);
  for (const step of inOrder(ofOpenRows(steps, parts)))
    for (const [port, { type }] of Object.entries(step.outputs))
      if (type === 'Dataset')
        add(
          step,
          port,
          'declared',
          Object.values(step.inputs).flatMap(({ sources }) => sources),
        );
  return tables;
}

/** Steps of the project's own that read rows of open parts alone, wait for no model, and are carried out in every run. */
function ofOpenRows(steps: readonly PlanStep[], parts: readonly string[]): PlanStep[] {
  const wired = wiredSteps(steps);
  return steps.filter((step) => {
    if (step.stage !== 'steps' || step.verb !== 'run') return false;
    const read = [...rowsRead(wired, wired.get(step.name)!)];
    return read.length > 0 && read.every((part) => parts.includes(part)) && !waitsForModel(step, steps);
  });
}

/** Whether anything behind a step is trained, or measured of what is. */
function waitsForModel(step: PlanStep, steps: readonly PlanStep[]): boolean {
  const seen = new Set<string>();
  const waiting = [step];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.stage === 'training') return true;
    for (const name of predecessors(next).filter((one) => !seen.has(one))) {
      seen.add(name);
      waiting.push(...steps.filter((one) => one.name === name));
    }
  }
  return false;
}

/** Steps behind those whose outputs they read; those in a circle, which is a finding of its own, are left out. */
function inOrder(steps: readonly PlanStep[]): PlanStep[] {
  const ordered: PlanStep[] = [];
  const reads = (step: PlanStep, other: PlanStep): boolean =>
    Object.values(step.inputs).some(({ sources }) => sources.some((source) => source.step === other.name));
  for (let rest = [...steps]; rest.length > 0; ) {
    const ready = rest.filter((step) => !rest.some((other) => reads(step, other)));
    if (ready.length === 0) break;
    ordered.push(...ready);
    rest = rest.filter((step) => !ready.includes(step));
  }
  return ordered;
}
