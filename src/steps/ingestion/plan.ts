import type { JsonObject } from '../../encoding/index.ts';
import type { EnvironmentReference, GraphBuilder } from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec } from '../../spec/index.ts';
import { clearDatasets } from '../clear-datasets.ts';
import { planSourceInspection, type SourceInspection } from './plan-source-inspection.ts';

/** What ingestion depends on; the parameters of its step. */
export interface IngestionParams {
  readonly name: string;
  readonly sources: ResolvedSpec['ingestion']['sources'];
  readonly query: ResolvedSpec['ingestion']['query'];
  readonly datasets: ResolvedSpec['ingestion']['datasets'];
  /** Labels that come from other sources, by name. */
  readonly labels: Readonly<Record<string, { readonly from: string; readonly join: string }>>;
  /** Into how many files the dataset is written; null: it is one file. */
  readonly shards: number | null;
  /** Columns by which rows are sampled together; empty: the whole row. */
  readonly key: readonly string[];
  /** Whether the dataset is sealed as it is written, because the split seals parts of it. */
  readonly sealed: boolean;
  /** Columns that no feature may be made of; absent where there are none. */
  readonly forbidden?: readonly string[];
  /** What is counted of the sources and of the dataset; absent where nothing is inspected. */
  readonly inspect?: SourceInspection;
}

/** One step that brings all rows in. Where parts will be sealed, the dataset itself is. */
export function planIngestion(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const sealed = spec.splitting.sealed.length > 0;
  const params: IngestionParams = {
    name: spec.name,
    sources: spec.ingestion.sources,
    query: spec.ingestion.query,
    datasets: spec.ingestion.datasets,
    labels: Object.fromEntries(
      Object.entries(spec.ingestion.labels)
        .filter(([, label]) => label.from !== 'column')
        .map(([name, { from, join }]) => [name, { from, join: join! }]),
    ),
    shards: spec.ingestion.shards,
    key: spec.task.key,
    sealed,
    ...(spec.features.forbidden.length === 0 ? {} : { forbidden: spec.features.forbidden }),
    ...inspectionOf(spec),
  };
  const named = Object.keys(spec.ingestion.datasets).map((name) => [name, { type: 'Dataset' as const }]);
  graph.add({
    name: 'ingestion',
    stage: 'ingestion',
    component: { kind: 'builtin', stage: 'ingestion' },
    outputs: {
      dataset: { type: sealed ? 'SealedDataset' : 'Dataset' },
      report: { type: 'Report' },
      ...Object.fromEntries(named),
    },
    params: params as unknown as JsonObject,
    secrets: Object.values(spec.ingestion.sources).flatMap((source) => (source.secret === null ? [] : [source.secret])),
    unseal: sealed,
    environment: environmentOf(spec),
  });
  return [...severalEnvironments(spec), ...inClear(spec)];
}

function inspectionOf(spec: ResolvedSpec): Pick<IngestionParams, 'inspect'> {
  const inspect = planSourceInspection(spec);
  return inspect === null ? {} : { inspect };
}

/** Named datasets are written in clear: whatever sealed rows are in them is not sealed. */
function inClear(spec: ResolvedSpec): Finding[] {
  return Object.entries(clearDatasets(spec)).map(([name, sources]) => ({
    rule: 'ingestion/dataset-in-clear',
    severity: 'warning',
    path: ['ingestion', 'datasets', name],
    message: `dataset ${name} is written in clear and reads ${sources.join(', ')}, from which sealed parts are taken; every verdict will say so`,
    suggestion: 'make it from other sources, or in a step of your own from the open parts',
  }));
}

function pythonSources(spec: ResolvedSpec): [string, ResolvedSpec['ingestion']['sources'][string]][] {
  return Object.entries(spec.ingestion.sources).filter(([, source]) => source.format === 'python');
}

/** The environment in which Python sources run; without a declared one an empty environment. */
function environmentOf(spec: ResolvedSpec): EnvironmentReference | null {
  const sources = pythonSources(spec);
  if (sources.length === 0) return null;
  return { file: sources.map(([, source]) => source.environment).find((file) => file !== null) ?? null };
}

function severalEnvironments(spec: ResolvedSpec): Finding[] {
  const sources = pythonSources(spec);
  const first = sources.map(([, source]) => source.environment).find((file) => file !== null) ?? null;
  return sources
    .filter(([, source]) => source.environment !== null && source.environment !== first)
    .map(([name]) => ({
      rule: 'ingestion/one-environment',
      severity: 'error',
      path: ['ingestion', 'sources', name, 'environment'],
      message: `expected one environment for all Python sources, ${first}`,
      suggestion: `write environment: ${first}`,
    }));
}
