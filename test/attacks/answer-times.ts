import { expect } from 'vitest';
import type { Declared, SealedProject } from './sealed-project.ts';

/**
 * Asks the gates of two projects the same question again and again, in turns on one machine. The gap between the times of their answers in milliseconds:
 * above zero where all of one are slower, or faster, than all of the other. The first turn decides and does not count; the later ones know.
 */
export async function gapOfKnownAnswers(
  asked: readonly [readonly [SealedProject, Declared], readonly [SealedProject, Declared]],
  verdict: string,
): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 4; turn++) {
    for (const [index, [project, declared]] of asked.entries()) {
      await project.describe(declared);
      const { ended, gates } = await project.tell('release', ['--force', 'testing']);
      expect(gates).toMatchObject([{ verdict, usesLeft: 3 }]);
      const gate = ended.events.find(
        (event) => event.type === 'step' && event.step === 'testing/promotion' && event.state === 'complete',
      );
      if (turn > 0) times[index]!.push((gate as { durationMs: number }).durationMs);
    }
  }
  const [one, other] = times;
  return Math.max(Math.min(...one) - Math.max(...other), Math.min(...other) - Math.max(...one));
}
