import type { Exchange, QuestionName, Questions } from './messages.ts';

/** How to answer each question that comes. */
export type Answers = {
  readonly [Name in QuestionName]?: (of: Questions[Name]['of']) => Promise<Questions[Name]['answer']>;
};

/** Asks another process and answers it, over messages. */
export interface Asking {
  /** @returns null where no answer comes in time, or the other one ends */
  ask<Name extends QuestionName>(name: Name, of: Questions[Name]['of']): Promise<Questions[Name]['answer'] | null>;
  /** Takes a message that came. @returns whether it belonged here */
  take(message: { readonly kind: string }): boolean;
  /** No more answers come. */
  end(): void;
}

/** How long somebody waits for an answer of a process that may be busy. */
export const patienceMs = 1000;

/** @param send gives a message to the other one; nothing happens where that is gone */
export function createAsking(send: (message: Exchange) => void, answers: Answers): Asking {
  const waiting = new Map<number, (answer: unknown) => void>();
  let count = 0;
  const settle = (id: number, answer: unknown): void => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  const reply = async (id: number, name: QuestionName, of: unknown): Promise<void> => {
    const answering = answers[name] as ((of: unknown) => Promise<unknown>) | undefined;
    send({ kind: 'answer', id, answer: (await answering?.(of)) ?? null });
  };
  return {
    ask: async (name, of) => {
      const id = ++count;
      // Who answers for all asks all the others first, and waits for them.
      const timer = setTimeout(settle, name === 'whole' ? 3 * patienceMs : patienceMs, id, null);
      const answered = new Promise<unknown>((resolve) => waiting.set(id, resolve));
      send({ kind: 'ask', id, name, of });
      return (await answered.finally(() => clearTimeout(timer))) as Questions[typeof name]['answer'] | null;
    },
    take: (message) => {
      const exchange = message as Exchange;
      if (exchange.kind === 'ask') void reply(exchange.id, exchange.name, exchange.of);
      else if (exchange.kind === 'answer') settle(exchange.id, exchange.answer);
      else return false;
      return true;
    },
    end: () => {
      for (const id of [...waiting.keys()]) settle(id, null);
    },
  };
}
