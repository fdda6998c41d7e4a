import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { benches } from './benches.ts';
import { describeMachine } from './frame/machine.ts';
import { resultsPage } from './frame/page.ts';
import { removeBuiltProgram } from './frame/program.ts';
import { spreadOf } from './frame/spread.ts';

afterAll(removeBuiltProgram);

// Small, and without a limit of time: that each bench still runs, not what it measures.
it.each(benches)('$name still measures what it says', { timeout: 600_000 }, async (bench) => {
  const folder = await mkdtemp(join(tmpdir(), `bench-${bench.name}-`));
  try {
    const result = await bench.run({ extent: 'small', folder, say: () => undefined });
    expect(result.figures.length).toBeGreaterThan(0);
    for (const { what, spread } of result.figures)
      expect({ what, ...spread, isFinite: Number.isFinite(spread.median) }).toMatchObject({ isFinite: true });
    const kept = { ...result, title: bench.title, measuredAt: '2026-01-01T00:00:00.000Z', seconds: 1 };
    const page = resultsPage({ [bench.name]: { ...kept, machine: describeMachine() } });
    for (const { what } of result.figures) expect(page).toContain(what);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('gives the median with its spread', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3, times: 3 });
  expect(spreadOf([4, 1])).toEqual({ median: 2.5, lowest: 1, highest: 4, times: 2 });
  expect(() => spreadOf([])).toThrow(RangeError);
});
