/**
 * Clauses about the parts of a trace: its spans, what is said of it, and what it is linked to. Conditions on spans that stand
 * in one conjunction are about one span: `span.type = 'LLM' AND span.status = 'ERROR'` asks for a model call that failed.
 */
import type { Field, Test } from './condition.ts';
import type { Attribute } from './entities.ts';
import { joinSql, type Sql, type SqlKind, sql } from './sql-text.ts';
import { testSql } from './test-sql.ts';

/** A field of a span. */
export type SpanField = Extract<Field, { readonly type: 'span' | 'span-attribute' }>;
/** A field of an assessment. */
export type AssessmentField = Extract<Field, { readonly type: 'assessment' }>;
/** A column of a table that links rows to a trace. */
export type Link = NonNullable<Attribute['link']>;

/** Whether a field is one of spans. */
export function isSpanField(field: Field): field is SpanField {
  return field.type === 'span' || field.type === 'span-attribute';
}

/** A condition on the span `s`. */
export function spanTestSql(field: SpanField, test: Test, kind: SqlKind): Sql {
  if (field.type === 'span') return testSql({ sql: `s.${field.part}`, type: 'text' }, test, kind);
  const [rows, value] = kind === 'sqlite' ? sqliteAttributes : postgresAttributes;
  const tested = testSql({ sql: value, type: 'text' }, test, kind);
  return sql(`exists (select 1 from ${rows} a where a.key = ? and ${tested.sql})`, field.key, ...tested.parameters);
}

/** Attributes of a span are texts of JSON: of what is a text there, the text itself counts. */
const sqliteAttributes = [
  "json_each(s.content, '$.attributes')",
  `(case when substr(a.value, 1, 1) = '"' then json_extract(a.value, '$') else a.value end)`,
] as const;
const postgresAttributes = [
  "json_each_text(cast(s.content as json) -> 'attributes')",
  `(case when left(a.value, 1) = '"' then cast(a.value as json) #>> '{}' else a.value end)`,
] as const;

/** The condition that a trace has a span of which all of these hold. */
export function oneSpanSql(conditions: readonly Sql[]): Sql {
  const all = joinSql(conditions, ' and ');
  return sql(`exists (select 1 from spans s where s.trace_id = t.trace_id and ${all.sql})`, ...all.parameters);
}

/** A clause about spans that stands alone. Absent is what no span has. */
export function spanSql(field: SpanField, test: Test, kind: SqlKind): Sql {
  if (test.type !== 'presence') return oneSpanSql([spanTestSql(field, test, kind)]);
  const has =
    field.type === 'span'
      ? oneSpanSql([sql('1 = 1')])
      : oneSpanSql([spanTestSql(field, { type: 'text', operator: 'like', value: '%' }, kind)]);
  return test.isPresent ? has : sql(`not ${has.sql}`, ...has.parameters);
}

/** A clause about what is said of a trace, as long as nothing took its place. */
export function assessmentSql(field: AssessmentField, test: Test, kind: SqlKind): Sql {
  const parts = [sql('a.kind = ? and a.is_valid = 1', field.kind)];
  if (field.kind !== 'issue') parts.push(sql('a.name = ?', field.name));
  if (test.type !== 'presence') parts.push(...saidSql(field, test, kind));
  const all = joinSql(parts, ' and ');
  const negation = test.type === 'presence' && !test.isPresent ? 'not ' : '';
  return sql(
    `${negation}exists (select 1 from assessments a where a.trace_id = t.trace_id and ${all.sql})`,
    ...all.parameters,
  );
}

function saidSql({ kind: what }: AssessmentField, test: Test, kind: SqlKind): readonly Sql[] {
  if (test.type === 'number' || test.type === 'numbers') {
    return [sql('a.number is not null'), testSql({ sql: 'a.number', type: 'real' }, test, kind)];
  }
  return [testSql({ sql: what === 'issue' ? 'a.name' : 'a.value_text', type: 'text' }, test, kind)];
}

/** A clause about what a trace is linked to: it holds of one of the links. */
export function linkSql({ table, column }: Link, test: Test, kind: SqlKind): Sql {
  const negation = test.type === 'presence' && !test.isPresent ? 'not ' : '';
  const tested = test.type === 'presence' ? sql('1 = 1') : testSql({ sql: `k.${column}`, type: 'text' }, test, kind);
  return sql(
    `${negation}exists (select 1 from ${table} k where k.trace_id = t.trace_id and ${tested.sql})`,
    ...tested.parameters,
  );
}
