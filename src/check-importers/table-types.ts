import type { ColumnSchema } from '../data-quality/index.ts';

/** Types of pandas, NumPy, Spark and SQL as those of a table. */
const tableTypes: readonly (readonly [RegExp, ColumnSchema['type']])[] = [
  [/^u?int(?:8|16|32|64|[248])?$|^(?:tiny|small|big)?int(?:eger)?(?:type)?$|^integertype$|^longtype$/i, 'int64'],
  [/^float(?:16|32|64|[48])?$|^(?:double|real)(?:_precision| precision)?$|^(?:float|double)type$|^float_$/i, 'float64'],
  [/^(?:object|str|string|text|varchar|char|character varying|stringtype|str_|string_)(?:\(\d+\))?$/i, 'string'],
  [/^bool(?:ean)?(?:type)?_?$/i, 'boolean'],
  [/^date(?:type)?$/i, 'date'],
  [/^(?:datetime|timestamp)(?:type)?(?:64)?(?:\[\w+\]|_?tz| with(?:out)? time zone)?$/i, 'timestamp'],
];

/** The type of a table that a type of another program is; null where it is none. */
export function tableTypeOf(type: string): ColumnSchema['type'] | null {
  return tableTypes.find(([form]) => form.test(type.trim()))?.[1] ?? null;
}
