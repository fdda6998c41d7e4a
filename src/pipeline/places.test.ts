import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Places, type StepPlace } from './places.ts';

/** Lets everything go on that waits for nothing more. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks for a place; tells whether the step has it by now. */
function ask(place: StepPlace): { readonly isThere: () => boolean } {
  void place.take();
  return { isThere: () => place.isTaken };
}

describe('Places', () => {
  it('a step that finds a free place has it at once; one more is on its way', () => {
    const places = new Places(2);
    const steps = [places.begin(), places.begin()];
    expect(steps.map((step) => step.isTaken)).toEqual([true, true]);
    expect([places.hasRoom(), places.hasFreePlace()]).toEqual([true, false]);
    expect(places.begin().isTaken).toBe(false);
    expect(places.hasRoom()).toBe(false);
  });

  it('who asked first is first', async () => {
    const places = new Places(1);
    const first = places.begin();
    const [second, third] = [ask(places.begin()), ask(places.begin())];
    await settled();
    expect([second.isThere(), third.isThere()]).toEqual([false, false]);
    first.leave();
    await settled();
    expect([second.isThere(), third.isThere()]).toEqual([true, false]);
  });

  it('a step that waits for another gives its place back and takes one again later', async () => {
    const places = new Places(1);
    const [waits, other] = [places.begin(), places.begin()];
    waits.giveBack();
    await other.take();
    const again = ask(waits);
    await settled();
    expect([again.isThere(), other.isTaken]).toEqual([false, true]);
    other.leave();
    await settled();
    expect(again.isThere()).toBe(true);
  });

  it('no step is begun while as many as there are places are being recorded', () => {
    const places = new Places(1);
    const behind = [places.begin(), places.begin()];
    behind[0]!.leave();
    expect(places.hasRoom()).toBe(true);
    void behind[1]!.take();
    behind[1]!.leave();
    expect(places.hasRoom()).toBe(false);
    behind[0]!.end();
    expect(places.hasRoom()).toBe(true);
  });

  it('nobody is ever forgotten, and never are more at a place than there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.array(fc.constantFrom('giveBack', 'wait', 'leave'), { maxLength: 4 }), { maxLength: 20 }),
        async (count, steps) => {
          const places = new Places(count);
          const all: StepPlace[] = [];
          let most = 0;
          const run = async (acts: readonly string[]): Promise<void> => {
            const place = places.begin();
            all.push(place);
            for (const act of acts) {
              await place.take();
              most = Math.max(most, all.filter((one) => one.isTaken).length);
              if (act === 'wait') await settled();
              if (act === 'giveBack') place.giveBack();
              if (act === 'leave') place.leave();
            }
            place.end();
          };
          await Promise.all(steps.map(run));
          expect(most).toBeLessThanOrEqual(count);
          expect([places.hasRoom(), places.hasFreePlace()]).toEqual([true, true]);
        },
      ),
    );
  });
});
