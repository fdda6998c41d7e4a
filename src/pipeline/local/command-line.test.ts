import { describe, expect, it } from 'vitest';
import type { Invocation } from '../invocation.ts';
import { commandLine } from './command-line.ts';

const invocation = {
  step: 'report',
  inputs: { 'raw-data': [{ path: '/s/in 0.parquet' }, { path: '/s/1.parquet' }], none: [] },
  outputs: { out: { path: '/s/out' } },
  params: { depth: 3, name: 'a; rm -rf $HOME `x`', nested: { list: [1, 'b'] } },
  eventsPath: '/s/events.ndjson',
  resultPath: '/s/result.json',
  seed: 7,
} as unknown as Invocation;

describe('commandLine', () => {
  it('replaces placeholders inside their own argument, without a shell', () => {
    const line = commandLine(
      ['tool', '--in={inputs.raw-data}', '{outputs.out}/x', '{params.name}', '{params.depth}{params.nested.list}'],
      invocation,
    );
    expect(line.command).toBe('tool');
    expect(line.args).toEqual(['--in=/s/in 0.parquet', '/s/out/x', 'a; rm -rf $HOME `x`', '3[1,"b"]']);
  });

  it('leaves other braces alone', () => {
    expect(commandLine(['awk', '{print $1}', '{inputs}', '{other.x}'], invocation).args).toEqual([
      '{print $1}',
      '{inputs}',
      '{other.x}',
    ]);
  });

  it('does not replace what a parameter brings in', () => {
    const tricky = { ...invocation, params: { text: '{params.secret}', secret: 's' } } as unknown as Invocation;
    expect(commandLine(['x', '{params.text}'], tricky).args).toEqual(['{params.secret}']);
  });

  it('tells ports and parameters as variables', () => {
    expect(commandLine(['x'], invocation).env).toMatchObject({
      MLSPEC_INPUT_RAW_DATA: '/s/in 0.parquet:/s/1.parquet',
      MLSPEC_OUTPUT_OUT: '/s/out',
      MLSPEC_PARAM_DEPTH: '3',
      MLSPEC_PARAM_NESTED: '{"list":[1,"b"]}',
      MLSPEC_EVENTS: '/s/events.ndjson',
      MLSPEC_SEED: '7',
    });
  });

  it.each(['{inputs.x}', '{outputs.x}', '{params.x}', '{inputs.none}', '{params.depth.x}', '{params.__proto__.x}'])(
    'says what there is where %s names nothing',
    (placeholder) => {
      expect(() => commandLine(['x', placeholder], invocation)).toThrow(
        expect.objectContaining({ code: 'PIPELINE_BAD_PLACEHOLDER', message: expect.stringContaining('there are:') }),
      );
    },
  );
});
