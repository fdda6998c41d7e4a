/* What the fields of one query share: whom they ask, and what was asked already. */
import type { RouteName } from '../route.ts';

/** Asks an endpoint of the REST API. */
export type Ask = (endpoint: RouteName, fields: object) => Promise<object>;

/** What fields of one query share. */
export interface QueryContext {
  readonly ask: Ask;
  /** Experiments that were asked for, by id. */
  readonly experiments: Map<string, Promise<object>>;
  /** Versions made from runs whose turn comes together. */
  readonly versionsOf: (runId: string) => Promise<readonly object[]>;
}

const runsAtOnce = 100;

/** A context for one query. */
export function queryContext(ask: Ask): QueryContext {
  return { ask, experiments: new Map(), versionsOf: gatherVersions(ask) };
}

/** Answers many runs with few searches: those that are asked for before the next turn of the program share them. */
function gatherVersions(ask: Ask): QueryContext['versionsOf'] {
  let waiting: string[] = [];
  let search: Promise<ReadonlyMap<string, readonly object[]>> | null = null;
  return async (runId) => {
    waiting.push(runId);
    search ??= Promise.resolve().then(async () => {
      const runIds = waiting;
      [waiting, search] = [[], null];
      return await versionsByRun(runIds, ask);
    });
    return (await search).get(runId) ?? [];
  };
}

async function versionsByRun(runIds: readonly string[], ask: Ask): Promise<ReadonlyMap<string, readonly object[]>> {
  const found = new Map<string, object[]>(runIds.map((runId) => [runId, []]));
  const wanted = [...found.keys()];
  for (let start = 0; start < wanted.length; start += runsAtOnce) {
    const names = wanted.slice(start, start + runsAtOnce).map((runId) => `'${runId}'`);
    const { model_versions: versions = [] } = (await ask('GET /mlflow/model-versions/search', {
      filter: `run_id IN (${names.join(', ')})`,
    })) as { readonly model_versions?: readonly { readonly run_id: string }[] };
    for (const version of versions) found.get(version.run_id)?.push(version);
  }
  return found;
}
