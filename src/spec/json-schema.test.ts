import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type JsonSchema, specJsonSchema } from './index.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const validate = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(specJsonSchema());
const head = 'mlspec: 1\nname: late\ntask: {kind: binary, label: late}\ningestion: {sources: {rows: rows.csv}}\n';

describe('the JSON Schema of a declaration', () => {
  test('is draft-07, and published as it is', () => {
    expect(specJsonSchema()['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.parse(read('schemas/mlspec.schema.json'))).toEqual(specJsonSchema());
  });

  test.each(['test/golden/spec/design.yaml', 'examples/flights/mlspec.yaml', 'examples/penguins/mlspec.yaml'])(
    'accepts %s',
    (file) => {
      validate(parse(read(file)));
      expect(validate.errors ?? []).toEqual([]);
    },
  );

  test.each([
    'transformation: $import.features',
    'splitting: {parts: $parts, sealed: $sealed}',
    'ingestion: {sources: {rows: {csv: a.csv, sample: $share}}}',
    'training: {sql: x, seed: $seed, cache: $cache, params: {a: $a}, limits: {memory: $m}}',
    'steps: {a: {sql: x, steps: {b: {python: a:b, retries: $n}}}}',
    'executor: $executor',
  ])('accepts a reference: %s', (line) => {
    expect(validate(parse(`${line.startsWith('ingestion') ? head.replace(/ingestion.*\n/, '') : head}${line}\n`))).toBe(
      true,
    );
  });

  test.each([
    'trigers: {}',
    'evaluation: {onn: validation}',
    'store: mysql',
    'splitting: {parts: {train: 2}}',
    'splitting: {by: tim}',
    'training: {sql: x, seed: -1}',
    'training: {sql: x, cache: maybe}',
    'steps: {a: {outputs: {x: Dataest}}}',
    'steps: {"a b": {sql: x}}',
    'objectives: {gates: {a: {}}}',
    'params: {a: {type: shar}}',
    'serving: {rollout: [{shaddow: 10%}]}',
  ])('refuses %s', (line) => {
    expect(validate(parse(`${head}${line}\n`))).toBe(false);
  });

  test('explains every key', () => {
    const silent: string[] = [];
    const walk = (schema: JsonSchema, path: string): void => {
      for (const [key, value] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)) {
        if (typeof value['description'] !== 'string') silent.push(`${path}.${key}`);
        walk(value, `${path}.${key}`);
      }
      for (const branch of (schema['anyOf'] ?? []) as JsonSchema[]) walk(branch, path);
      for (const inner of [schema['items'], schema['additionalProperties']]) {
        if (typeof inner === 'object' && inner !== null) walk(inner as JsonSchema, `${path}[]`);
      }
    };
    walk(specJsonSchema(), '');
    for (const [name, value] of Object.entries(specJsonSchema()['definitions'] as Record<string, JsonSchema>))
      walk(value, name);
    expect(silent).toEqual([]);
  });
});
