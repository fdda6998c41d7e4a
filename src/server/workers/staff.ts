import { secureRandomBytes } from '../../encoding/index.ts';
import { createCommonFigures } from './common-figures.ts';
import { patienceMs } from './exchange.ts';
import { createHandOut, type HandOut } from './hand-out.ts';
import { hire, type Member, type WorkerProgram } from './member.ts';
import { silenceOf, usualWatch, type Watch, watchMember } from './watch.ts';

/** The workers of a server. */
export interface Staff {
  readonly handOut: HandOut;
  isEnding(): boolean;
  /** Whether somebody answers. */
  isAnswering(): boolean;
  /** Starts the worker of a number. */
  start(number: number): Member;
  /** Gives a worker that is ready its share, and what only one may do where nobody does it. */
  bringIn(member: Member): void;
  /** Waits for the end of a worker. @returns how it ended, in words; null where it ended as it should */
  seeOff(member: Member): Promise<string | null>;
  /** Lets all answer what is under way, and end. */
  end(): Promise<void>;
}

/** What workers are started with. */
export interface StaffOptions {
  readonly program: WorkerProgram;
  /** Handed to every worker. */
  readonly task: unknown;
  /** When a worker is killed that does not answer. */
  readonly watch?: Watch;
}

/** Nobody has started yet. */
export function createStaff({ program, task, watch = usualWatch }: StaffOptions): Staff {
  const transferKey = secureRandomBytes(32);
  const members = new Map<number, Member>();
  const figures = createCommonFigures(members);
  const handOut = createHandOut();
  const silent = new WeakSet<Member>();
  const look = async (member: Member): Promise<void> => {
    if (!(await watchMember(member, watch))) return;
    silent.add(member);
    leave(member);
    member.end('SIGKILL');
  };
  let keeper: Member | null = null;
  let starts = 0;
  let isEnding = false;
  const ready = (): Member[] => [...members.values()].filter(({ isReady }) => isReady);
  const appoint = (): void => {
    if (keeper !== null || isEnding) return;
    keeper = ready()[0] ?? null;
    keeper?.tell({ kind: 'keep' });
  };
  const leave = (member: Member): void => {
    member.isReady = false;
    handOut.leave(member);
  };
  return {
    handOut,
    isEnding: () => isEnding,
    isAnswering: () => ready().length > 0,
    start: (number) => {
      const orders = { number, isFirst: starts++ === 0, task, transferKey, tallies: figures.guesses.tallies() };
      const answers = figures.answersFor(number);
      const member = hire({ program, orders, answers, onTaken: handOut.taken, onLeaving: leave });
      members.set(number, member);
      return member;
    },
    bringIn: (member) => {
      member.isReady = true;
      handOut.join(member);
      void look(member);
      appoint();
    },
    seeOff: async (member) => {
      const ended = await member.gone;
      const how = silent.has(member) ? silenceOf(watch, patienceMs) : ended;
      member.isReady = false;
      handOut.gone(member);
      members.delete(member.number);
      if (isEnding) return how;
      figures.restarted();
      void figures.keep(member);
      if (keeper === member) keeper = null;
      appoint();
      return how;
    },
    end: async () => {
      isEnding = true;
      const all = [...members.values()];
      for (const one of all) one.tell({ kind: 'end' });
      await Promise.all(all.map(({ gone }) => gone));
    },
  };
}
