import { expect, test } from 'vitest';
import { nextAttemptMs } from './webhook-sender.ts';

const hourMs = 3_600_000;

test('pauses double, are shortened by up to half, and end after a day', () => {
  const pauseOf = (attempts: number, deliveryId: string) => nextAttemptMs({ deliveryId, attempts, createdAtMs: 0 }, 0)!;
  for (const [attempts, longest] of [
    [1, 5000],
    [2, 10_000],
    [5, 80_000],
    [30, hourMs],
  ] as const) {
    const pauses = Array.from({ length: 200 }, (_, index) => pauseOf(attempts, `delivery ${index}`));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(longest);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(longest / 2);
    expect(new Set(pauses).size).toBeGreaterThan(150);
  }
  const end = 24 * hourMs;
  expect(nextAttemptMs({ deliveryId: 'd', attempts: 1, createdAtMs: 0 }, end)).toBeNull();
  expect(nextAttemptMs({ deliveryId: 'd', attempts: 1, createdAtMs: 1 }, end - 5000)).not.toBeNull();
});
