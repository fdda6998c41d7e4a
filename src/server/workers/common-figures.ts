import { type CountedGuesses, createGuesses } from '../../access/index.ts';
import { now } from '../../encoding/index.ts';
import type { MetricFigures } from '../mlflow/metric-figures.ts';
import type { WholeFigures } from '../mlflow/server-status.ts';
import type { Answers } from './exchange.ts';
import type { Member } from './member.ts';
import type { Questions } from './messages.ts';

/** What a supervisor counts over all its workers, those that are gone included. */
export interface CommonFigures {
  readonly guesses: CountedGuesses;
  /** Answers what the worker of a number asks. */
  answersFor(number: number): Answers;
  /** Keeps what a worker had counted that has ended, as far as it was asked; what was a state has gone with it. */
  keep(member: Member): Promise<void>;
  restarted(): void;
}

/** So many workers' counts are kept before they are added up. */
const mostKept = 8;

/** @param members all that were started and are not gone */
export function createCommonFigures(members: ReadonlyMap<number, Member>): CommonFigures {
  const startedAtMs = now();
  const guesses = createGuesses();
  let restarts = 0;
  const gone: MetricFigures[] = [];
  const tellOthers = async (number: number, name: 'wrong' | 'right', of: Questions['wrong']['of']): Promise<null> => {
    guesses[name](of.address, of.name);
    const others = [...members.values()].filter((one) => one.number !== number);
    // Who is still starting hears of it too, and is not waited for.
    const answers = others.map((one) => ({ one, answer: one.asking.ask(name, of) }));
    await Promise.all(answers.filter(({ one }) => one.isReady).map(({ answer }) => answer));
    return null;
  };
  const gather = async (): Promise<WholeFigures> => {
    const ready = [...members.values()].filter(({ isReady }) => isReady);
    const asked = ready.map(async (one) => {
      const answer = await one.asking.ask('figures', null);
      // Who is too busy to answer is as it was: sums that fall would look like a new start.
      one.figures = answer ?? one.figures;
      return { isNew: answer !== null, figures: one.figures };
    });
    const answers = await Promise.all(asked);
    // Of what all of them ask the same database the first one's figure is taken: one that was told just now.
    const workers = answers
      .toSorted((one, other) => Number(other.isNew) - Number(one.isNew))
      .flatMap(({ figures }) => figures ?? []);
    return {
      pid: process.pid,
      memoryBytes: process.memoryUsage.rss(),
      startedAtMs,
      restarts,
      workers,
      gone: [...gone],
    };
  };
  return {
    guesses,
    answersFor: (number) => ({
      wrong: (of) => tellOthers(number, 'wrong', of),
      right: (of) => tellOthers(number, 'right', of),
      whole: gather,
    }),
    keep: async ({ figures }) => {
      if (figures === null) return;
      gone.push(figures.metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type))));
      if (gone.length <= mostKept) return;
      const { addMetrics } = await import('../mlflow/metric-figures.ts');
      const some = gone.slice(0, mostKept);
      gone.splice(0, mostKept, await addMetrics(some));
    },
    restarted: () => {
      restarts++;
    },
  };
}
