/** Searches for models and for versions. */
import type { Database, SqlRow } from '../database/index.ts';
import { among, compileFilter, compileOrder, type Page, type PageQuery, searchPage } from '../tracking/index.ts';
import type { ModelVersion, RegisteredModel, RegistryQuery } from './model-registry.ts';
import { badValue } from './names.ts';
import { completeModels, completeVersions } from './rows.ts';

/** The most that a page may hold. */
const largestPages = { models: 1000, versions: 200_000 };

/** One page of models, by name unless they are ordered otherwise. */
export async function searchModels(database: Database, query: RegistryQuery): Promise<Page<RegisteredModel>> {
  checkLimit(query.limit, largestPages.models);
  const search = searchOf('registered-models', query, database.kind);
  const page = await searchPage<SqlRow>(database, {
    ...search,
    where: [...search.where, ...among('m.name', query.among, database.kind)],
    columns: 'm.*',
    from: 'registered_models m',
    order: [...compileOrder('registered-models', query.orderBy ?? [], database), ...named('m.name', database.kind)],
  });
  return { ...page, items: await completeModels(database, page.items) };
}

/** One page of versions that are there, the last changed first unless they are ordered otherwise. */
export async function searchVersions(database: Database, query: RegistryQuery): Promise<Page<ModelVersion>> {
  checkLimit(query.limit, largestPages.versions);
  const orderBy = query.orderBy ?? [];
  const search = searchOf('model-versions', query, database.kind);
  const page = await searchPage<SqlRow>(database, {
    ...search,
    columns: 'v.*',
    from: 'model_versions v',
    where: [
      { sql: 'v.deleted_at_ms is null', parameters: [] },
      ...search.where,
      ...among('v.model', query.among, database.kind),
    ],
    order: [
      ...compileOrder('model-versions', orderBy.length > 0 ? orderBy : ['last_updated_timestamp DESC'], database),
      ...named('v.model', database.kind),
      { sql: 'v.ordinal', parameters: [], direction: 'desc' },
    ],
  });
  return { ...page, items: await completeVersions(database, page.items) };
}

function searchOf(
  entity: 'registered-models' | 'model-versions',
  { filter = '', orderBy = [], limit, pageToken }: RegistryQuery,
  kind: Database['kind'],
): Pick<PageQuery, 'where' | 'limit' | 'pageToken' | 'question'> {
  // Also without a filter: prompts are left out.
  const where = [compileFilter(entity, filter, { kind })];
  return { where, limit, pageToken, question: [entity, filter, ...orderBy] };
}

/** By name, byte by byte on both databases. */
function named(column: string, kind: Database['kind']): PageQuery['order'] {
  return [{ sql: kind === 'postgres' ? `(${column} collate "C")` : column, parameters: [], direction: 'asc' }];
}

function checkLimit(limit: number, largest: number): void {
  if (limit >= 1 && limit <= largest) return;
  throw badValue(
    `Invalid value ${limit} for parameter 'max_results' supplied: It must be a positive integer of at most ${largest}.`,
  );
}
