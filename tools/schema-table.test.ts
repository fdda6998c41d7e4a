import { expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonSchema, schemaRows } from './schema-table.ts';

const rows = (type: z.ZodType) => schemaRows(z.toJSONSchema(type, { io: 'input', target: 'draft-7' }) as JsonSchema);

it('names every key once, with its form, its default and its meaning', () => {
  const type = z.strictObject({
    plain: z.string().describe('Says.'),
    count: z.number().int().min(1).max(9).default(3),
    list: z.array(z.string()).default([]),
    kinds: z.enum(['a', 'b']).optional(),
    free: z.record(z.string(), z.strictObject({ inner: z.boolean() })).optional(),
    either: z.union([z.string(), z.strictObject({ x: z.number() }), z.strictObject({ y: z.number() })]).optional(),
  });
  expect(rows(type)).toEqual([
    ['`plain`', 'string', '**required**', 'Says.'],
    ['`count`', 'integer 1–9', '`3`', ''],
    ['`list`', 'list of string', 'none', ''],
    ['`kinds`', '`a`, `b`', '', ''],
    ['`free`', 'map', '', ''],
    ['`free.*.inner`', 'boolean', '**required**', ''],
    ['`either`', 'string or keys below', '', ''],
    ['`either.x`', 'number', 'in its form', ''],
    ['`either.y`', 'number', 'in its form', ''],
  ]);
});

it('ends where a schema contains itself', () => {
  interface Tree {
    readonly children?: readonly Tree[] | undefined;
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ children: z.array(tree).optional() }));
  expect(rows(tree).length).toBeLessThan(9);
});
