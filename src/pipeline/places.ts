import { monotonicMs } from '../encoding/index.ts';

/** The place of one step among those that run: taken before its process is started, free again when that has ended. */
export interface StepPlace {
  /** When the step first had its place; as long as it had none, when it was begun. In milliseconds, as `monotonicMs`. */
  readonly startedMs: number;
  /** Whether the step has its place now. */
  readonly isTaken: boolean;
  /** Waits for a free place; who asked first is first. At once where the step has one, as between two tries. */
  take(): Promise<void>;
  /** Gives the place back, where the step has one: it waits for something else first. */
  giveBack(): void;
  /** Gives the place back, where the step has one: it has run, and what is left to do is done beside other steps. */
  leave(): void;
  /** The step has ended. */
  end(): void;
}

/** Where a step stands: on its way to a place, at it, or behind it, its process ended and its result not yet recorded. */
type Stand = 'before' | 'at' | 'behind';

/**
 * The places of a run: as many steps run at the same time as there are places. So that none stays empty while the next
 * step is being prepared or the last one recorded, one step more than there are places may be on its way, and as many as
 * there are places behind them.
 */
export class Places {
  readonly #count: number;
  readonly #steps: Record<Stand, number> = { before: 0, at: 0, behind: 0 };
  readonly #asking: (() => void)[] = [];
  #change = Promise.withResolvers<void>();

  /** @param count at least 1 */
  constructor(count: number) {
    this.#count = count;
  }

  /** Whether a step may be begun. */
  hasRoom(): boolean {
    const { before, at, behind } = this.#steps;
    return before + at <= this.#count && behind <= this.#count;
  }

  /** Whether fewer steps are under way than there are places, those behind their places counted too. */
  hasFreePlace(): boolean {
    const { before, at, behind } = this.#steps;
    return before + at + behind < this.#count;
  }

  /** Resolves when a step next takes its place, gives it back or ends. */
  change(): Promise<void> {
    return this.#change.promise;
  }

  /** Begins a step: at a place where one is free that no other step is on its way to. */
  begin(): StepPlace {
    const steps = this.#steps;
    let stand: Stand | null = this.#isFree() && steps.before === 0 ? 'at' : 'before';
    steps[stand] += 1;
    let hasStarted = stand === 'at';
    let startedMs = monotonicMs();
    const move = (to: Stand | null): void => {
      if (stand !== null) steps[stand] -= 1;
      if (to !== null) steps[to] += 1;
      stand = to;
      if (to === 'at' && !hasStarted) startedMs = monotonicMs();
      hasStarted ||= to === 'at';
      this.#tell();
    };
    return {
      get startedMs() {
        return startedMs;
      },
      get isTaken() {
        return stand === 'at';
      },
      take: async () => {
        while (stand !== 'at' && !this.#isFree()) await new Promise<void>((resolve) => this.#asking.push(resolve));
        if (stand !== 'at') move('at');
      },
      giveBack: () => {
        if (stand === 'at') move('before');
      },
      leave: () => {
        if (stand === 'at') move('behind');
      },
      end: () => move(null),
    };
  }

  #isFree(): boolean {
    return this.#steps.at < this.#count;
  }

  #tell(): void {
    if (this.#isFree()) this.#asking.shift()?.();
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
