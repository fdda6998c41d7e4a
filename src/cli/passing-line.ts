import type { Output } from './output.ts';

const clearLine = '\r\x1b[K';

/** Shows, in a terminal, what is being done while it is done; `work` may say more of it. Nothing of it stays. */
export async function withPassingLine<Found>(
  output: Output,
  what: string,
  work: (say: (what: string) => void) => Promise<Found>,
): Promise<Found> {
  const say = (now: string): void => {
    if (output.live) output.draw(`${clearLine}${output.style('dim', `${now} …`)}`);
  };
  say(what);
  try {
    return await work(say);
  } finally {
    if (output.live) output.draw(clearLine);
  }
}
