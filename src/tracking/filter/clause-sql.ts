/**
 * One clause of a filter as SQL that is true or false, never null, over the alias of the entity's table.
 *
 * Metrics, and params and tags of runs that equal a text, are found by value (`in`): an index over key and value gives the
 * rows, few or many, at a cost that grows with those alone. All else is looked up by owner (`exists`) in primary keys.
 */

import type { DatasetPart, Field, Test } from './condition.ts';
import { type Entity, indexedLength, type KeyedTable, promptTag } from './entities.ts';
import { joinSql, type Sql, type SqlKind, sql } from './sql-text.ts';
import { testSql } from './test-sql.ts';
import { assessmentSql, linkSql, spanSql } from './trace-sql.ts';

/** A dataset on which metrics were measured: any digest where none is given. */
export interface MeasuredOn {
  readonly name: string;
  readonly digest?: string;
}

/** For what a filter is compiled; a `Database` will do. */
export interface FilterTarget {
  readonly kind: SqlKind;
  /** Logged models only: metrics count only where they were measured on one of these. Default: all metrics. */
  readonly datasets?: readonly MeasuredOn[];
  /**
   * How what is kept beside a row is looked for: `by-value` (default) finds the values that a filter wants by their index,
   * where they have one; `by-row` looks at each row's own, for a search that looks at few rows.
   */
  readonly look?: 'by-value' | 'by-row';
}

/** A clause is about one field of one entity. */
export interface Clause {
  readonly field: Field;
  readonly test: Test;
}

/** The condition of one clause. */
export function clauseSql(entity: Entity, { field, test }: Clause, target: FilterTarget): Sql {
  switch (field.type) {
    case 'attribute': {
      const { attribute } = field;
      if (attribute.link !== undefined) return linkSql(attribute.link, test, target.kind);
      const condition = testSql(attribute, test, target.kind);
      // A comparison with null is unknown, which NOT would leave unknown.
      return test.type === 'presence' ? condition : joinSql([sql(`${attribute.sql} is not null`), condition], ' and ');
    }
    case 'dataset':
      return datasetSql(field.part, test, target.kind);
    case 'metric':
      return metricSql({ table: entity.families.metric as KeyedTable, key: field.key }, test, target);
    case 'param':
      return keyedSql({ table: entity.families.param as KeyedTable, key: field.key }, test, target);
    case 'metadata':
      return keyedSql({ table: entity.families.metadata as KeyedTable, key: field.key }, test, target);
    case 'span':
    case 'span-attribute':
      return spanSql(field, test, target.kind);
    case 'assessment':
      return assessmentSql(field, test, target.kind);
    case 'tag':
      if (entity.promptTags !== null && isPromptTag(entity, field) && meansModels(test))
        return noPromptSql(entity.promptTags);
      return keyedSql({ table: entity.families.tag as KeyedTable, key: field.key }, test, target);
  }
}

/** Whether a field is the tag that tells prompts from models. */
export function isPromptTag(entity: Entity, field: Field): boolean {
  return entity.promptTags !== null && field.type === 'tag' && field.key === promptTag;
}

/** The condition that a row is no prompt. */
export function noPromptSql(prompts: KeyedTable): Sql {
  const owner = ownerSql('p', prompts);
  return sql(
    `not exists (select 1 from ${prompts.table} p where ${owner} and p.key = ? and p.value = 'true')`,
    promptTag,
  );
}

interface Keyed {
  readonly table: KeyedTable;
  readonly key: string;
}

function keyedSql({ table, key }: Keyed, test: Test, { kind, look }: FilterTarget): Sql {
  if (test.type === 'presence') return presenceSql({ table, key }, test.isPresent);
  if (look !== 'by-row' && table.isFoundByValue === true && test.type === 'text' && test.operator === '=') {
    return foundByValueSql({ table, key }, test.value, kind);
  }
  const value = testSql({ sql: `k.${table.value}`, type: 'text' }, test, kind);
  return sql(
    `exists (select 1 from ${table.table} k where ${ownerSql('k', table)} and k.key = ? and ${value.sql})`,
    key,
    ...value.parameters,
  );
}

function foundByValueSql({ table, key }: Keyed, value: string, kind: SqlKind): Sql {
  const equal = sql(`k.key = ? and k.${table.value} = ?`, key, value);
  const beginning = sql(`left(k.${table.value}, ${indexedLength}) = left(?, ${indexedLength})`, value);
  const where = kind === 'sqlite' ? equal : joinSql([equal, beginning], ' and ');
  return sql(
    `${table.of[0]} in (select k.${table.owner[0]} from ${table.table} k where ${where.sql})`,
    ...where.parameters,
  );
}

function presenceSql({ table, key }: Keyed, isPresent: boolean): Sql {
  const negation = isPresent ? '' : 'not ';
  return sql(`${negation}exists (select 1 from ${table.table} k where ${ownerSql('k', table)} and k.key = ?)`, key);
}

function ownerSql(alias: string, { owner, of }: KeyedTable): string {
  return owner.map((column, index) => `${alias}.${column} = ${of[index]}`).join(' and ');
}

/** Whether a test of the prompt tag asks for models, which need not have the tag: clients write `!= 'true'`. */
function meansModels(test: Test): boolean {
  if (test.type !== 'text') return false;
  const value = test.value.toLowerCase();
  return (test.operator === '=' && value === 'false') || (test.operator === '!=' && value === 'true');
}

/** NaN is stored beside the value: it differs from every number, and nothing else holds of it. */
function metricSql({ table, key }: Keyed, test: Test, target: FilterTarget): Sql {
  const measured = measuredOnSql(target.datasets ?? []);
  const number = { sql: `s.${table.value}`, type: 'real' } as const;
  const isNegative =
    (test.type === 'number' && test.operator === '!=') || (test.type === 'numbers' && test.operator === 'not-in');
  const parts = [sql('s.key = ?', key), ...measured];
  if (test.type !== 'presence') {
    const value = testSql(number, test, target.kind);
    const isNan = `s.${table.isNan}`;
    parts.push(
      isNegative ? joinSql([sql(`${isNan} = 1`), value], ' or ') : joinSql([value, sql(`${isNan} = 0`)], ' and '),
    );
  }
  const where = joinSql(parts, ' and ');
  const negation = test.type === 'presence' && !test.isPresent ? 'not ' : '';
  const rows = `from ${table.table} s where ${where.sql}`;
  const condition =
    target.look === 'by-row'
      ? `${negation}exists (select 1 ${rows} and s.${table.owner[0]} = ${table.of[0]})`
      : `${table.of[0]} ${negation}in (select s.${table.owner[0]} ${rows})`;
  return sql(condition, ...where.parameters);
}

/** The condition that a metric was measured on one of the datasets; none for no datasets. */
export function measuredOnSql(datasets: readonly MeasuredOn[]): readonly Sql[] {
  if (datasets.length === 0) return [];
  const each = datasets.map(({ name, digest }) =>
    digest === undefined
      ? sql('s.dataset_name = ?', name)
      : sql('(s.dataset_name = ? and s.dataset_digest = ?)', name, digest),
  );
  return [joinSql(each, ' or ')];
}

const contextTag = 'mlflow.data.context';

function datasetSql(part: DatasetPart, test: Test, kind: SqlKind): Sql {
  const negation = test.type === 'presence' && !test.isPresent ? 'not ' : '';
  if (part === 'context') {
    const value = test.type === 'presence' ? null : testSql({ sql: 'k.value', type: 'text' }, test, kind);
    const condition = value === null ? '' : ` and ${value.sql}`;
    const rows = `select 1 from run_dataset_tags k where k.run = r.id and k.key = ?${condition}`;
    return sql(`${negation}exists (${rows})`, contextTag, ...(value?.parameters ?? []));
  }
  const value = test.type === 'presence' ? null : testSql({ sql: `d.${part}`, type: 'text' }, test, kind);
  const condition = value === null ? '' : ` and ${value.sql}`;
  const rows = `select 1 from run_datasets i join datasets d on d.id = i.dataset where i.run = r.id${condition}`;
  return sql(`${negation}exists (${rows})`, ...(value?.parameters ?? []));
}
