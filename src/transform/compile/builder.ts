import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import type { Expression, ExpressionRule, Finding } from '../../spec/index.ts';
import type { ColumnType, TableSchema } from '../../tables/index.ts';
import type { Operation, PreparedColumn, TransformInput, TransformNode } from '../graph.ts';

/** A compiled expression: its node and type. */
export interface TypedNode {
  readonly node: number;
  readonly type: ColumnType;
}

type Span = Expression['span'];

/** What may be said about a finding beside its message. */
export interface FindingDetails {
  readonly expected?: string;
  readonly found?: string;
  readonly suggestion?: string;
}

/** Columns that a transformation must not read, each with the reason: the label, what it was made from, what is excluded. */
export type ForbiddenColumns = Readonly<Record<string, string>>;

/**
 * Holds the graph while it is built. Equal nodes are made once, so that `distance` read by five features is one node and
 * `log1p(distance)` is computed once.
 */
export class GraphBuilder {
  readonly findings: Finding[] = [];
  readonly nodes: TransformNode[] = [];
  readonly prepared: PreparedColumn[] = [];
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly forbidden: ForbiddenColumns;
  private readonly interned = new Map<string, number>();
  private path: readonly (string | number)[] = [];
  private text = '';

  constructor(schema: TableSchema, forbidden: ForbiddenColumns) {
    this.columns = new Map(schema.fields.map((field) => [field.name, field.type]));
    this.forbidden = forbidden;
  }

  /** Says which feature the findings from here on belong to. */
  enter(path: readonly (string | number)[], text: string): void {
    this.path = path;
    this.text = text;
  }

  /** Records what is wrong, with the place marked in the expression. */
  report(rule: ExpressionRule, span: Span, message: string, details: FindingDetails = {}): null {
    this.findings.push({ rule, severity: 'error', message, path: this.path, frame: this.frame(span), ...details });
    return null;
  }

  /** Records something to know that does not stop the work. */
  warn(rule: string, span: Span, message: string, details: FindingDetails = {}): void {
    this.findings.push({ rule, severity: 'warning', message, path: this.path, frame: this.frame(span), ...details });
  }

  /** An error with a rule of the transformations' own. */
  refuse(rule: string, span: Span, message: string, details: FindingDetails = {}): null {
    this.findings.push({ rule, severity: 'error', message, path: this.path, frame: this.frame(span), ...details });
    return null;
  }

  private frame(span: Span): string {
    const width = Math.max(1, Math.min(span.end, this.text.length) - span.start);
    return `${this.text}\n${' '.repeat(span.start)}${'^'.repeat(width)}`;
  }

  /** The node of an operation; an equal one is used again. */
  add(
    op: Operation,
    inputs: readonly number[],
    settings: { type: ColumnType; params?: Record<string, JsonValue> },
  ): TypedNode {
    const node: TransformNode = { op, inputs, type: settings.type, params: settings.params ?? {} };
    const key = canonicalJson(node as unknown as JsonValue);
    let index = this.interned.get(key);
    if (index === undefined) {
      index = this.nodes.length;
      this.nodes.push(node);
      this.interned.set(key, index);
    }
    return { node: index, type: settings.type };
  }

  /** A constant in every row. */
  constant(type: ColumnType, value: string | number | boolean | null): TypedNode {
    return this.add('constant', [], { type, params: { value } });
  }

  /** An input column of the table. */
  input(name: string): TypedNode {
    return this.add('input', [], { type: this.columns.get(name)!, params: { column: name } });
  }

  /** A column that DuckDB computes beforehand; the same text and type make one column. */
  preparedInput(column: Omit<PreparedColumn, 'name'>): TypedNode {
    let known = this.prepared.find((other) => other.sql === column.sql && other.type === column.type);
    if (known === undefined) {
      known = { name: `__sql_${this.prepared.length}`, ...column };
      this.prepared.push(known);
    }
    return this.add('input', [], { type: known.type, params: { column: known.name } });
  }

  /** The table's columns that a node was computed from, sorted by name. */
  sourcesOf(node: number): string[] {
    const seen = new Set<number>();
    const sources = new Set<string>();
    const visit = (index: number): void => {
      if (seen.has(index)) return;
      seen.add(index);
      const { op, inputs, params } = this.nodes[index]!;
      if (op === 'input') {
        const name = String(params['column']);
        const sql = this.prepared.find((column) => column.name === name);
        for (const source of sql?.columns.map((column) => column.name) ?? [name]) sources.add(source);
      }
      for (const input of inputs) visit(input);
    };
    visit(node);
    return [...sources].sort();
  }

  /** The table's columns that nodes read, in the order of the table. */
  inputs(): TransformInput[] {
    const read = new Set<string>();
    for (const node of this.nodes) if (node.op === 'input') read.add(String(node.params['column']));
    return [...this.columns].filter(([name]) => read.has(name)).map(([name, type]) => ({ name, type }));
  }
}
