import { formatDuration, monotonicMs } from '../encoding/index.ts';
import type { Output } from './output.ts';

const clearLine = '\r\x1b[K';
const everyMs = 500;
const toldAfterMs = 1_000;

/** What stands in the line. */
export interface PassingLine {
  readonly say: (what: string) => void;
  /** Which share of it is done, 0 to 1; null where nobody knows. */
  readonly share: (share: number | null) => void;
}

/**
 * Shows, in a terminal, what is being done while it is done, from a second on how long it takes; `work` may say more of it. Nothing of
 * it stays.
 */
export async function withPassingLine<Found>(
  output: Output,
  what: string,
  work: (line: PassingLine) => Promise<Found>,
): Promise<Found> {
  if (!output.live) return await work({ say: () => undefined, share: () => undefined });
  const startedMs = monotonicMs();
  let [now, done]: [string, number | null] = [what, null];
  const draw = (): void => {
    const sinceMs = monotonicMs() - startedMs;
    const far = done === null ? '' : `, ${Math.floor(100 * done)} %`;
    const long = sinceMs < toldAfterMs ? '' : `, ${formatDuration(sinceMs)}`;
    output.draw(`${clearLine}${output.style('dim', `${now}${far}${long} …`)}`);
  };
  const set = (what: string, share: number | null): void => {
    [now, done] = [what, share];
    draw();
  };
  const timer = setInterval(draw, everyMs);
  draw();
  try {
    return await work({ say: (what) => set(what, null), share: (share) => set(now, share) });
  } finally {
    clearInterval(timer);
    output.draw(clearLine);
  }
}
