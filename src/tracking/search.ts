import type { Session } from '../database/index.ts';
import type { Experiment, LoggedModel, Page, Run, View } from './entities.ts';
import { type ExperimentRow, withTags } from './experiments.ts';
import { compileFilter, compileOrder, type FilterTarget } from './filter/index.ts';
import { fillLoggedModels, type LoggedModelRow, loggedModelColumns } from './logged-models.ts';
import { badValue, experimentNumber } from './names.ts';
import { fillRuns } from './run-content.ts';
import { type RunRow, runColumns } from './run-rows.ts';
import { searchByMetric } from './search-by-metric.ts';
import { among, type SortKey, type SqlPart, searchPage } from './search-page.ts';
import type { ExperimentQuery, LoggedModelQuery, RunQuery, SearchQuery } from './tracking-store.ts';

const largestPage = 50_000;
type Kind = 'sqlite' | 'postgres';
/** A session of a database of a kind. */
type Place = Session & { readonly kind: Kind };

/** Runs of some experiments with everything logged to them. */
export async function searchRuns(place: Place, query: RunQuery): Promise<Page<Run>> {
  checkLimit(query.limit);
  const ids = [...new Set(query.experimentIds.map(experimentNumber))];
  if (ids.length === 0) return { items: [], nextPageToken: null };
  const order = compileOrder('runs', query.orderBy ?? [], place);
  const chosen = [
    { sql: `r.experiment_id in (${ids.map(() => '?').join(', ')})`, parameters: ids },
    ...viewed('r', query.view ?? 'active'),
  ];
  const pageQuery = {
    columns: runColumns,
    from: 'tracked_runs r',
    where: [...chosen, ...filtered('runs', query.filter, place)],
    order: [...order, key('r.started_at_ms', 'desc'), key('r.run_id', 'asc')],
    limit: query.limit,
    pageToken: query.pageToken,
    question: ['runs', ...ids.map(String), ...questionOf(query)],
  };
  const metric = order[0]?.field.type === 'metric' ? order[0].field.key : null;
  const page = await (metric === null
    ? searchPage<RunRow>(place, pageQuery)
    : searchByMetric<RunRow>(place, pageQuery, {
        metric,
        whereByRow: [...chosen, ...filtered('runs', query.filter, { kind: place.kind, look: 'by-row' })],
      }));
  return { ...page, items: await fillRuns(place, page.items) };
}

/** Logged models of some experiments. */
export async function searchLoggedModels(place: Place, query: LoggedModelQuery): Promise<Page<LoggedModel>> {
  checkLimit(query.limit);
  const { datasets = [], orderBy = [] } = query;
  if (datasets.some(({ name }) => name === ''))
    throw badValue('`dataset_name` in the `datasets` clause must be specified.');
  const ids = [...new Set(query.experimentIds.map(experimentNumber))];
  if (ids.length === 0) return { items: [], nextPageToken: null };
  const page = await searchPage<LoggedModelRow>(place, {
    columns: loggedModelColumns,
    from: 'logged_models l',
    where: [
      { sql: `l.experiment_id in (${ids.map(() => '?').join(', ')})`, parameters: ids },
      ...viewed('l', 'active'),
      compileFilter('logged-models', query.filter ?? '', { kind: place.kind, datasets }),
    ],
    order: [
      ...compileOrder('logged-models', orderBy, place),
      ...(orderBy.length > 0 ? [] : [key('l.created_at_ms', 'desc')]),
      key('l.model_id', 'asc'),
    ],
    limit: query.limit,
    pageToken: query.pageToken,
    question: ['logged-models', ...ids.map(String), query.filter ?? '', JSON.stringify([datasets, orderBy])],
  });
  return { ...page, items: await fillLoggedModels(place, page.items) };
}

/** Experiments with their tags. */
export async function searchExperiments(place: Place, query: ExperimentQuery): Promise<Page<Experiment>> {
  checkLimit(query.limit);
  const page = await searchPage<ExperimentRow>(place, {
    columns: 'e.id, e.name, e.artifact_location, e.lifecycle, e.created_at_ms, e.updated_at_ms',
    from: 'experiments e',
    where: [
      ...viewed('e', query.view ?? 'active'),
      ...filtered('experiments', query.filter, place),
      ...among('cast(e.id as text)', query.among, place.kind),
    ],
    order: [
      ...compileOrder('experiments', query.orderBy ?? [], place),
      ...((query.orderBy ?? []).length > 0 ? [] : [key('e.created_at_ms', 'desc')]),
      key('e.id', 'asc'),
    ],
    limit: query.limit,
    pageToken: query.pageToken,
    question: ['experiments', ...questionOf(query)],
  });
  return { ...page, items: await withTags(place, page.items) };
}

function checkLimit(limit: number): void {
  if (limit >= 1 && limit <= largestPage) return;
  const wanted = limit < 1 ? 'a positive integer' : `at most ${largestPage}`;
  throw badValue(`Invalid value ${limit} for parameter 'max_results' supplied. It must be ${wanted}`);
}

function key(sql: string, direction: 'asc' | 'desc'): SortKey {
  return { sql, parameters: [], direction };
}

function viewed(alias: string, view: View): SqlPart[] {
  if (view === 'all') return [{ sql: `${alias}.lifecycle in ('active', 'deleted')`, parameters: [] }];
  return [{ sql: `${alias}.lifecycle = ?`, parameters: [view] }];
}

function filtered(entity: 'runs' | 'experiments', filter: string | undefined, target: FilterTarget): SqlPart[] {
  return filter === undefined || filter.trim() === '' ? [] : [compileFilter(entity, filter, target)];
}

function questionOf({ filter, orderBy, view }: SearchQuery): string[] {
  return [filter ?? '', view ?? 'active', ...(orderBy ?? [])];
}
