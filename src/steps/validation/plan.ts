import type { JsonObject } from '../../encoding/index.ts';
import {
  type EnvironmentReference,
  environmentReference,
  type GraphBuilder,
  type PlanInput,
  type PlanOutput,
  type PortSource,
} from '../../pipeline/index.ts';
import { notFailed, type TestResult, testResultPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec } from '../../spec/index.ts';
import { type LeakageParams, planLeakage } from './plan-leakage.ts';
import { sqlFileOf } from './sql-files.ts';

/** What validation depends on; the parameters of its step. */
export interface ValidationParams {
  /** Open parts. */
  readonly parts: readonly string[];
  readonly schema: string | null;
  /** Those of open parts; one that names parts is about these alone. */
  readonly checks: ResolvedSpec['validation']['checks'];
  /** The moment that `now()` stands for; null: the beginning of the step. */
  readonly as_of: string | null;
  readonly on_failure: 'stop' | 'warn' | 'quarantine';
  /** Columns by which an example of a failing row is known. */
  readonly key: readonly string[];
  /** Null where no leakage is looked for. */
  readonly leakage: LeakageParams | null;
  /** The file of unusual values that were meant; absent where none is declared, or no value is held against earlier ones. */
  readonly accepted?: string;
}

/**
 * One step that holds the open parts to the schema and the checks. With `on_failure: quarantine` it has each part's clean
 * rows as an output of the part's name, and the others as the output `quarantine`.
 */
export function planValidation(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const parts = spec.splitting.order.filter((part) => !spec.splitting.sealed.includes(part));
  const { schema, as_of, on_failure, accepted } = spec.validation;
  const checks = spec.validation.checks.filter(({ on }) => on === null || on.some((part) => parts.includes(part)));
  const { key } = spec.task;
  const leakage = planLeakage(spec);
  const hasHistory = checks.some(({ history }) => history !== undefined);
  const params: ValidationParams = {
    ...{ parts, schema, checks, as_of, on_failure, key, leakage },
    ...(accepted === undefined || !hasHistory ? {} : { accepted }),
  };
  const dataset = (names: readonly string[]): Record<string, PlanOutput> =>
    Object.fromEntries(names.map((name) => [name, { type: 'Dataset' }]));
  const ofParts = parts.map((part) => ({ step: 'splitting', port: part }));
  graph.add({
    name: 'validation',
    stage: 'validation',
    component: { kind: 'builtin', stage: 'validation' },
    inputs: {
      ...Object.fromEntries(
        ofParts.map((source): [string, PlanInput] => [source.port, { type: 'Dataset', sources: [source] }]),
      ),
      statistics: { type: 'Statistics', sources: [{ step: 'analysis', port: 'statistics' }] },
      ...(hasHistory ? { earlier: earlierReports(graph, ofParts) } : {}),
    },
    outputs: { report: { type: 'Report' }, ...(on_failure === 'quarantine' ? dataset([...parts, 'quarantine']) : {}) },
    environment: environmentOf(spec),
    params: params as unknown as JsonObject,
    attests: [testResultPredicateType],
    results: resultsOf(params),
  });
  return outsideProject(spec);
}

/** That everything passed; a warning too where the declaration lets something through, or asks for nothing. */
function resultsOf({ schema, checks, on_failure, leakage }: ValidationParams): readonly TestResult[] {
  const asksNothing = schema === null && checks.length === 0 && leakage === null;
  // A schema has anomalies that are warnings; what is held against earlier runs may have none to be held against.
  const warns = checks.some(({ severity, history }) => severity === 'warn' || history !== undefined);
  const mayWarn = asksNothing || on_failure !== 'stop' || schema !== null || warns || leakage?.severity === 'warn';
  return mayWarn ? notFailed : ['PASSED'];
}

/** The Python environment of the functions among the checks; null where there are none. */
function environmentOf({ validation }: ResolvedSpec): EnvironmentReference | null {
  const hasPython = validation.checks.some(({ own }) => own?.kind === 'python');
  return hasPython ? environmentReference(validation.environment, 'python') : null;
}

/** Functions and SQL are files of the project: only those are what its record knows. */
function outsideProject({ validation }: ResolvedSpec): Finding[] {
  return validation.checks.flatMap(({ own }, index) => {
    const file = own?.kind === 'typescript' ? own.file : own?.kind === 'python' ? own.module : (sqlFileOf(own) ?? '');
    if (!file.startsWith('/') && !file.split(/[\\/]/).includes('..')) return [];
    return [
      {
        rule: 'plan/outside-project',
        severity: 'error',
        path: ['validation', 'checks', index, own!.kind],
        message: `the ${'sql' in own! ? 'SQL' : 'function'} of a check is outside the project: ${file}`,
        suggestion: 'write a path relative to the declaration, without ..',
      },
    ];
  });
}

/** What earlier runs measured, of other data than these: the same data again are judged by what was before them, and stay as they were judged. */
function earlierReports({ earlier }: GraphBuilder, parts: readonly PortSource[]): PlanInput {
  const pinned = earlier['validation.report'] ?? [];
  return { type: 'Report', sources: [], pinned, unlike: parts, many: true, optional: true };
}
