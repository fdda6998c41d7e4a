import type { Socket } from 'node:net';
import { createGuesses, type Guesses } from '../../access/index.ts';
import { PlatformError, toPlatformError } from '../../errors/index.ts';
import type { ProcessFigures, WholeServer } from '../mlflow/server-status.ts';
import { type Asking, createAsking } from './exchange.ts';
import type { ToSupervisor, ToWorker, WorkerOrders } from './messages.ts';

/** What a worker has from the others of its server. */
export interface Company {
  /** Wrong tries, counted for all of them together. */
  readonly guesses: Guesses;
  readonly whole: WholeServer;
}

/** A worker that answers. */
export interface WorkerService {
  /** What the supervisor is told of it. */
  readonly about: unknown;
  take(socket: Socket): void;
  /** Does from now on what only one of all workers may do. */
  keep(): void;
  /** Answers what is under way, and ends. */
  close(): Promise<void>;
}

/** Makes a service as it was told. @throws PlatformError which the supervisor hears of */
export type OpenService = (orders: WorkerOrders, company: Company) => Promise<WorkerService>;

/**
 * Works for the supervisor that started this process, until that says so or is gone. What a terminal sends to all processes
 * of a program is left to the supervisor; SIGTERM ends this worker alone, after its answers.
 */
export function workFor(open: OpenService): void {
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => process.exit(1));
  if (!process.connected) process.exit(1);
  let service: WorkerService | null = null;
  let asking: Asking | null = null;
  const end = async (): Promise<void> => {
    await service?.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => {
    tell({ kind: 'leaving' });
    void end();
  });
  const begin = async (orders: WorkerOrders): Promise<void> => {
    const joined = joinCompany(orders);
    asking = joined.asking;
    try {
      service = await open(orders, joined.company);
      tell({ kind: 'ready', about: service.about });
    } catch (thrown) {
      const { code, message, hint } = toPlatformError(thrown);
      tell({ kind: 'failed', error: { code, message, hint } });
    }
  };
  process.on('message', (message, handle) => {
    const told = message as ToWorker;
    if (told.kind === 'begin') void begin(told.orders);
    else if (told.kind === 'keep') service?.keep();
    else if (told.kind === 'end') void end();
    else if (told.kind === 'connection') {
      // There is none where the client has gone meanwhile.
      if (handle !== undefined) service?.take(handle as Socket);
      tell({ kind: 'taken' });
    } else asking?.take(told);
  });
}

function tell(message: ToSupervisor): void {
  // Where the supervisor is gone this process ends.
  process.send?.(message, undefined, undefined, () => undefined);
}

/** What the workers of a server have in common. */
function joinCompany({ tallies }: WorkerOrders): { readonly asking: Asking; readonly company: Company } {
  const counted = createGuesses(tallies);
  let figures: (() => Promise<ProcessFigures>) | null = null;
  const asking = createAsking(tell, {
    wrong: async ({ address, name }) => {
      counted.wrong(address, name);
      return null;
    },
    right: async ({ address, name }) => {
      counted.right(address, name);
      return null;
    },
    alive: async () => true,
    figures: async () => await figures!(),
  });
  const guesses: Guesses = {
    wait: counted.wait,
    wrong: async (address, name) => {
      counted.wrong(address, name);
      await asking.ask('wrong', { address, name });
    },
    right: (address, name) => {
      // Mostly nothing went wrong before, and there is nothing to tell.
      if (counted.right(address, name)) void asking.ask('right', { address, name });
    },
  };
  const whole: WholeServer = {
    join: (own) => {
      figures = own;
    },
    gather: async () => {
      const found = await asking.ask('whole', null);
      if (found !== null) return found;
      throw new PlatformError('SERVER_OVERLOADED', {
        message: 'the supervisor of the workers did not answer in time; try again in a moment',
      });
    },
  };
  return { asking, company: { guesses, whole } };
}
