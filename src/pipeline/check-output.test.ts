import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOutput } from './check-output.ts';
import { type Component, completeStep, type PortType } from './plan.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-output-'));
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

const command: Component = { kind: 'command', argv: ['true'] };

async function check(type: PortType, content: string | null, component = command): Promise<string> {
  const path = join(folder, 'o');
  await rm(path, { recursive: true, force: true });
  await (content === null ? mkdir(path) : writeFile(path, content, 'latin1'));
  const step = completeStep({ name: 's', stage: 'steps', component, outputs: { o: { type } } });
  return await checkOutput(step, { port: 'o', path }).then(
    () => 'good',
    (error) => `${error.code}: ${error.message}`,
  );
}

describe('what a step left at an output', () => {
  it.each(['Dataset', 'Predictions'] as const)('is a Parquet file where it is a %s', async (type) => {
    expect(await check(type, `PAR1${'\0'.repeat(50)}PAR1`)).toBe('good');
    for (const other of ['a,b\n1,2\n', '', 'PAR1', 'PAR1PAR1', `PAR1${'\0'.repeat(50)}PAR`, null])
      expect(await check(type, other)).toBe(
        `PIPELINE_BAD_OUTPUT: expected a Parquet file at output o of step s, which a ${type} is, found ${other === null ? 'a folder' : 'other bytes'}`,
      );
  });

  it.each(['Report', 'Metrics', 'Statistics', 'Schema', 'Split', 'Transform'] as const)(
    'is JSON where it is a %s',
    async (type) => {
      for (const json of ['{}', '1', ' [null]\n']) expect(await check(type, json)).toBe('good');
      for (const other of ['<html>', '', '{"a": NaN}', '{"a": 1}{', null])
        expect(await check(type, other)).toContain('expected a JSON document');
      expect(await check(type, '{"a": NaN}')).toContain("found other text: Unexpected token 'N'");
    },
  );

  it('has any form where it is a model or anything', async () => {
    for (const type of ['Model', 'Any', 'Package'] as const) {
      expect(await check(type, 'text')).toBe('good');
      expect(await check(type, null)).toBe('good');
    }
  });

  it('is not looked at where a stage of the product made it', async () => {
    expect(await check('Dataset', 'sealed', { kind: 'builtin', stage: 'ingestion' })).toBe('good');
  });
});
