/**
 * Filters of what sums over traces count: traces `t`, spans `s` or assessments `a`. Other than in searches for traces, a
 * condition on a span or an assessment is about the very one that is counted, and every name says whose it is:
 * `trace.status`, `trace.tag.KEY`, `trace.metadata.KEY`, `span.name`, `assessment.type`.
 */
import type { FilterTarget } from './clause-sql.ts';
import { compileOver } from './compile-filter.ts';
import type { Entity } from './entities.ts';
import type { Sql } from './sql-text.ts';
import type { Name } from './syntax.ts';
import { type SourceText, shortened, syntaxError } from './syntax-error.ts';
import { traceEntity } from './trace-entity.ts';

/** What is counted. */
export type RowView = 'TRACES' | 'SPANS' | 'ASSESSMENTS';

const ofTrace = ['trace.status', 'trace.tag.KEY', 'trace.metadata.KEY'];
const spanColumns = { name: 's.name', status: 's.status', type: 's.type' };
const assessmentColumns = { name: 'a.name', type: 'a.kind' };
const own: Readonly<Record<RowView, { readonly prefix: string; readonly columns: Readonly<Record<string, string>> }>> =
  {
    TRACES: { prefix: '', columns: {} },
    SPANS: { prefix: 'span', columns: spanColumns },
    ASSESSMENTS: { prefix: 'assessment', columns: assessmentColumns },
  };

/** A filter as a condition over the aliases `t`, `s` and `a`. @throws PlatformError TRACKING_BAD_FILTER with the place */
export function compileRowFilter(view: RowView, text: string, target: FilterTarget): Sql {
  const { status, run_id } = traceEntity.attributes;
  const columns = Object.entries(own[view].columns).map(
    ([name, sql]) => [`own_${name}`, { sql, type: 'text' }] as const,
  );
  const attributes = { status, run_id, ...Object.fromEntries(columns) };
  const entity: Entity = { ...traceEntity, attributes };
  return compileOver(entity, text, { ...target, read: (name, source) => readName(view, name, source) });
}

function readName(view: RowView, name: Name, source: SourceText): Name {
  const { prefix, columns } = own[view];
  const { key } = name;
  if (name.prefix === 'trace') {
    if (key === 'status') return { ...name, prefix: null };
    const keyed = /^(tag|metadata)\.(.+)$/s.exec(key);
    if (keyed !== null) return { ...name, prefix: keyed[1]!, key: bare(keyed[2]!) };
  }
  if (name.prefix === prefix && Object.hasOwn(columns, key)) return { ...name, prefix: null, key: `own_${key}` };
  const names = [...ofTrace, ...Object.keys(columns).map((one) => `${prefix}.${one}`)].join(', ');
  const found = shortened(source.text.slice(name.offset, name.end));
  throw syntaxError(source, name, `expected one of ${names} for the view ${view}, found ${found}`);
}

/** A key without the quotes around it. */
function bare(key: string): string {
  const inside = /^(['"])(.*)\1$/s.exec(key)?.[2] ?? key;
  return /^`(.*)`$/s.exec(inside)?.[1] ?? inside;
}
