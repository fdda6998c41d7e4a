import { describe, expect, it } from 'vitest';
import { PlatformError } from '../../errors/index.ts';
import { judge, knownBefore } from './judge.ts';

const quoted = 'row 7 has the label "secret"';

function failing(error: unknown): () => Promise<never> {
  return async () => {
    throw error;
  };
}

describe('with the part open', () => {
  it.each([
    'MODEL_REFUSED',
    'MODEL_BAD_ANSWER',
    'METRIC_BAD_VALUE',
    'METRIC_UNKNOWN_CLASS',
    'EVALUATION_ROWS_DIFFER',
  ] as const)('%s fails the model, and what it said is sealed with the bit', async (code) => {
    const judged = await judge('main', failing(new PlatformError(code, { message: quoted })));
    expect(judged).toEqual({
      bit: 'fail',
      report: { bit: 'fail', clauses: [], failure: { code, message: quoted } },
    });
  });

  it('a model that ends itself fails; one that is killed may have met a lack of memory', async () => {
    const ended = (reason: string) =>
      judge(
        'main',
        failing(new PlatformError('MODEL_ENDED', { message: `the model's process: ${reason}\n${quoted}` })),
      );
    expect((await ended('it ended with code 3')).bit).toBe('fail');
    await expect(ended('it was ended by SIGKILL')).rejects.toMatchObject({ code: 'GATE_NOT_CARRIED_OUT' });
  });

  it.each([
    ['GATE_NOT_CARRIED_OUT', new PlatformError('TABLE_DISK_FULL', { message: quoted, details: { row: quoted } })],
    ['GATE_NOT_CARRIED_OUT', new PlatformError('MODEL_CANNOT_LOAD', { message: quoted })],
    ['GATE_NOT_CARRIED_OUT', new TypeError(quoted)],
    ['CANCELED', new PlatformError('CANCELED', { message: quoted })],
  ])('of another failure only a code is told: %s', async (code, error) => {
    const told = await judge('main', failing(error)).then(
      () => null,
      (thrown: PlatformError) => thrown,
    );
    expect(told).toMatchObject({ code });
    expect(JSON.stringify([told!.message, told!.hint, told!.details, String(told!.cause), told!.stack])).not.toContain(
      'secret',
    );
  });

  it('sealed bytes that are wrong are told as they are: that is no row of the part', async () => {
    const broken = new PlatformError('PROVENANCE_SEAL_BROKEN', { message: 'chunk 1 of 2 fails its check' });
    await expect(judge('main', failing(broken))).rejects.toBe(broken);
  });

  it('a verdict is a bit and its clauses; what is known again seals no clauses', async () => {
    const judged = await judge('main', async () => ({ bit: 'pass', clauses: [] }));
    expect(judged).toEqual({ bit: 'pass', report: { bit: 'pass', clauses: [] } });
    expect(knownBefore('fail')).toEqual({ bit: 'fail', report: { bit: 'fail', clauses: null } });
  });
});
