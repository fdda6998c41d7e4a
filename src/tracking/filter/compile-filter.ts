import { checkFilter } from './check-filter.ts';
import { clauseSql, type FilterTarget, isPromptTag, measuredOnSql, noPromptSql } from './clause-sql.ts';
import type { Condition } from './condition.ts';
import { type Entity, type EntityName, entities, type KeyedTable } from './entities.ts';
import { parseFilter } from './parser.ts';
import { joinSql, type Sql, sql } from './sql-text.ts';
import type { Name, Syntax } from './syntax.ts';
import type { SourceText } from './syntax-error.ts';
import { always } from './test-sql.ts';
import { isSpanField, oneSpanSql, spanTestSql } from './trace-sql.ts';

/**
 * A filter as a condition in SQL over the alias of the entity's table: `r` of `tracked_runs`, `e` of `experiments`, `m` of
 * `registered_models`, `v` of `model_versions`, `l` of `logged_models`, `t` of `traces`. It is true or false for every row, and always
 * true for an empty filter. What is deleted is not left out. Prompts are, among models and versions, unless the
 * filter names their tag; and models without a metric on the target's datasets, unless the filter names a metric.
 * @throws PlatformError TRACKING_BAD_FILTER with the place
 */
export function compileFilter(entityName: EntityName, text: string, target: FilterTarget): Sql {
  return compileOver(entities[entityName], text, target);
}

/** The same over a thing of which names may be written otherwise. @param read gives a name as the entity knows it */
export function compileOver(
  entity: Entity,
  text: string,
  { read, ...target }: FilterTarget & { readonly read?: (name: Name, source: SourceText) => Name },
): Sql {
  const syntax = parseFilter(text);
  const source = { text, code: 'TRACKING_BAD_FILTER' } as const;
  const known = syntax === null || read === undefined ? syntax : withNames(syntax, (name) => read(name, source));
  const condition = known === null ? null : checkFilter(known, { entity, source });
  const parts = condition === null ? [] : [conditionSql(condition, entity, target)];
  parts.push(...unsaidSql(condition, entity, target));
  return parts.length === 0 ? always : joinSql(parts, ' and ');
}

function withNames(syntax: Syntax, read: (name: Name) => Name): Syntax {
  if (syntax.type === 'comparison') return { ...syntax, name: read(syntax.name) };
  if (syntax.type === 'not') return { ...syntax, part: withNames(syntax.part, read) };
  return { ...syntax, parts: syntax.parts.map((part) => withNames(part, read)) };
}

function conditionSql(condition: Condition, entity: Entity, target: FilterTarget): Sql {
  switch (condition.type) {
    case 'all':
      return allSql(condition.parts, entity, target);
    case 'any':
      return joinSql(
        condition.parts.map((part) => conditionSql(part, entity, target)),
        ' or ',
      );
    case 'not': {
      const part = conditionSql(condition.part, entity, target);
      return sql(`not (${part.sql})`, ...part.parameters);
    }
    case 'clause':
      return clauseSql(entity, condition, target);
  }
}

/** All of some conditions: those on spans hold of one span together. */
function allSql(parts: readonly Condition[], entity: Entity, target: FilterTarget): Sql {
  const ofSpan: Sql[] = [];
  const others: Sql[] = [];
  for (const part of parts) {
    if (part.type === 'clause' && part.test.type !== 'presence' && isSpanField(part.field)) {
      ofSpan.push(spanTestSql(part.field, part.test, target.kind));
    } else {
      others.push(conditionSql(part, entity, target));
    }
  }
  return joinSql([...others, ...(ofSpan.length === 0 ? [] : [oneSpanSql(ofSpan)])], ' and ');
}

/** What holds of every search that does not speak of it. */
function unsaidSql(condition: Condition | null, entity: Entity, { datasets = [] }: FilterTarget): readonly Sql[] {
  const parts: Sql[] = [];
  if (entity.promptTags !== null && !speaksOf(condition, (clause) => isPromptTag(entity, clause.field))) {
    parts.push(noPromptSql(entity.promptTags));
  }
  if (datasets.length > 0 && !speaksOf(condition, (clause) => clause.field.type === 'metric')) {
    const { table, owner, of } = entity.families.metric as KeyedTable;
    const measured = joinSql(measuredOnSql(datasets), ' and ');
    parts.push(sql(`${of[0]} in (select s.${owner[0]} from ${table} s where ${measured.sql})`, ...measured.parameters));
  }
  return parts;
}

type ClauseCondition = Extract<Condition, { readonly type: 'clause' }>;

function speaksOf(condition: Condition | null, isMeant: (clause: ClauseCondition) => boolean): boolean {
  if (condition === null) return false;
  if (condition.type === 'clause') return isMeant(condition);
  if (condition.type === 'not') return speaksOf(condition.part, isMeant);
  return condition.parts.some((part) => speaksOf(part, isMeant));
}
