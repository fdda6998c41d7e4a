import type { JsonValue } from '../../encoding/index.ts';
import {
  describeType,
  type ExpressionType,
  integerType,
  noUnit,
  numberType,
  plainType,
  type Shape,
  type Unit,
} from './types.ts';

/** Which values a parameter takes. What is not said is free. */
export interface TypePattern {
  readonly kinds: readonly ExpressionType['kind'][];
  readonly shape?: Shape;
  /** Only a literal or arithmetic on literals. */
  readonly constant?: true;
  readonly integer?: true;
  readonly unit?: Unit;
  /** Of a list. */
  readonly item?: TypePattern;
  /** Only a bare name. */
  readonly name?: true;
  /** For people: `a column of numbers`. */
  readonly text: string;
}

/** A parameter of a function. Every parameter can be given by name; those of `named` only so. */
export interface ParameterEntry {
  readonly name: string;
  readonly type: TypePattern;
  /** The value where the argument is left out; a parameter without default must be given, unless it is optional. */
  readonly default?: JsonValue;
  readonly optional?: true;
  /** The last positional parameter may take any number of arguments, at least one (none where optional). */
  readonly rest?: true;
  readonly doc: string;
}

/** The type of a call: fixed, or that of an argument. `follow` is a column where any argument is one. */
export interface ResultEntry {
  readonly type?: ExpressionType;
  readonly like?: string;
  readonly shape: Shape | 'follow';
}

/** A function: the checker, the evaluators and the reference read this one description. */
export interface FunctionEntry {
  readonly name: string;
  readonly positional: readonly ParameterEntry[];
  readonly named?: readonly ParameterEntry[];
  readonly result: ResultEntry;
  /** May be written behind a model: `new.recall(class=2)`. */
  readonly ofModel?: true;
  /** What is wrong with constant argument values, or null. Values that are not constant are absent. */
  readonly verify?: (values: Readonly<Record<string, JsonValue>>) => string | null;
  readonly doc: string;
  readonly example: string;
}

/** Groups of constructs that a section allows. */
export type Construct =
  | 'arithmetic'
  | 'order'
  | 'equality'
  | 'logic'
  | 'membership'
  | 'pattern'
  | 'null'
  | 'tolerance'
  | 'groups'
  | 'list';

/** What the expressions of one section may say. Sections differ in nothing else. */
export interface ExpressionTable {
  readonly name: string;
  readonly doc: string;
  readonly functions: readonly FunctionEntry[];
  readonly constructs: ReadonlySet<Construct>;
  /** What the whole expression must be. */
  readonly result: TypePattern;
  /** The table for conditions behind `where`. */
  readonly rows?: ExpressionTable;
}

/** The names that an expression may use. */
export interface ExpressionScope {
  /** Dotted names with their types. */
  readonly names: ReadonlyMap<string, ExpressionType>;
  /** The type of a name that is not listed and known by its form: `ndcg_5`. */
  readonly byForm?: (path: readonly string[]) => ExpressionType | null;
  /** Names that are not listed are values of unknown type, not findings. */
  readonly open?: true;
  /** Names that may stand behind `by`; absent: any. */
  readonly groups?: ReadonlySet<string>;
  /** Models that may stand before a function of a model: `new`, `old`. */
  readonly models?: ReadonlySet<string>;
  /** The names in conditions behind `where`. */
  readonly rows?: ExpressionScope;
}

/** A table's constructs. */
export function constructs(...names: Construct[]): ReadonlySet<Construct> {
  return new Set(names);
}

/** A function of a table by name, or undefined. */
export function findFunction(table: ExpressionTable, name: string): FunctionEntry | undefined {
  return table.functions.find((entry) => entry.name === name);
}

/** Parameters as a reference shows them: `vocabulary(x, top=null, min_count=1) → a column of whole numbers`. */
export function describeFunction(entry: FunctionEntry): string {
  const positional = entry.positional.map((parameter) => {
    const name = parameter.rest ? `${parameter.name}, …` : parameter.name;
    return parameter.default === undefined ? name : `${name}=${JSON.stringify(parameter.default)}`;
  });
  const named = (entry.named ?? []).map((parameter) =>
    parameter.default === undefined ? `${parameter.name}=…` : `${parameter.name}=${JSON.stringify(parameter.default)}`,
  );
  const result =
    entry.result.type === undefined
      ? `as ${entry.result.like}`
      : entry.result.shape === 'follow'
        ? `${describeType(entry.result.type)}, for each row where an argument is a column`
        : describeType(
            entry.result.type.kind === 'list' ? entry.result.type : { ...entry.result.type, shape: entry.result.shape },
          );
  return `${entry.name}(${[...positional, ...named].join(', ')}) → ${result}`;
}

const everything: readonly ExpressionType['kind'][] = [
  'number',
  'string',
  'boolean',
  'date',
  'timestamp',
  'null',
  'list',
];

/** Patterns that the tables share. */
export const patterns = {
  number: { kinds: ['number'], text: 'a number' },
  column: { kinds: ['number', 'string', 'boolean', 'date', 'timestamp'], shape: 'column', text: 'a column' },
  columnName: {
    kinds: ['number', 'string', 'boolean', 'date', 'timestamp'],
    shape: 'column',
    name: true,
    text: 'the name of a column',
  },
  value: { kinds: ['number', 'string', 'boolean', 'date', 'timestamp', 'null'], text: 'a value' },
  boolean: { kinds: ['boolean'], text: 'a truth value' },
  numbers: { kinds: ['number'], shape: 'column', text: 'a column of numbers' },
  texts: { kinds: ['string'], shape: 'column', text: 'a column of texts' },
  text: { kinds: ['string'], text: 'a text' },
  categories: {
    kinds: ['number', 'string', 'boolean'],
    shape: 'column',
    text: 'a column of texts, whole numbers or truth values',
  },
  instants: { kinds: ['date', 'timestamp'], text: 'a date or timestamp' },
  constantNumber: { kinds: ['number'], constant: true, text: 'a constant number' },
  constantInteger: { kinds: ['number'], constant: true, integer: true, unit: noUnit, text: 'a constant whole number' },
  constantText: { kinds: ['string'], constant: true, text: 'a constant text' },
  constantBoolean: { kinds: ['boolean'], constant: true, text: 'true or false' },
  constantValue: { kinds: ['number', 'string', 'boolean', 'null'], constant: true, text: 'a constant' },
  numberList: {
    kinds: ['list'],
    constant: true,
    item: { kinds: ['number'], text: 'a number' },
    text: 'a list of constant numbers',
  },
  valueList: {
    kinds: ['list'],
    constant: true,
    item: { kinds: everything, text: 'a constant' },
    text: 'a list of constants',
  },
  groups: { kinds: ['groups'], text: 'a quantity `by` groups' },
  model: { kinds: ['model'], name: true, text: 'a model (new, or a baseline)' },
} as const satisfies Record<string, TypePattern>;

/** Results that the tables share. */
export const results = {
  numbers: { type: numberType(), shape: 'follow' },
  integers: { type: integerType, shape: 'follow' },
  texts: { type: plainType('string'), shape: 'follow' },
  booleans: { type: plainType('boolean'), shape: 'follow' },
  number: { type: numberType(), shape: 'scalar' },
  integer: { type: integerType, shape: 'scalar' },
  boolean: { type: plainType('boolean'), shape: 'scalar' },
  vector: { type: plainType('vector'), shape: 'column' },
  space: { type: plainType('space'), shape: 'scalar' },
  rule: { type: plainType('rule'), shape: 'scalar' },
} as const satisfies Record<string, ResultEntry>;

/** A parameter in one line. */
export function parameter(name: string, type: TypePattern, doc: string): ParameterEntry {
  return { name, type, doc };
}

/** A parameter with a default. */
export function optionalParameter(
  name: string,
  type: TypePattern,
  { doc, default: fallback }: { readonly doc: string; readonly default?: JsonValue },
): ParameterEntry {
  return fallback === undefined ? { name, type, doc, optional: true } : { name, type, doc, default: fallback };
}
