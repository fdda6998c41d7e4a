import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { monotonicMs } from '../../encoding/index.ts';
import type { ProcessFigures } from '../mlflow/server-status.ts';
import { type Answers, type Asking, createAsking } from './exchange.ts';
import type { Taker } from './hand-out.ts';
import type { SentError, ToSupervisor, ToWorker, WorkerOrders } from './messages.ts';

/** The file that a worker is started with, and its arguments. */
export interface WorkerProgram {
  readonly path: string;
  readonly arguments: readonly string[];
}

/** How a worker's start went. */
export type Started =
  | { readonly outcome: 'ready'; readonly about: unknown }
  | { readonly outcome: 'failed'; readonly error: SentError }
  | { readonly outcome: 'ended' };

/** A worker as its supervisor has it. */
export interface Member extends Taker {
  readonly number: number;
  readonly pid: number;
  readonly started: Promise<Started>;
  /** When it is gone: how, in words; null where it ended as it should. */
  readonly gone: Promise<string | null>;
  readonly asking: Asking;
  /** Milliseconds since it was started. */
  ageMs(): number;
  /** What it told of itself the last time. */
  figures: ProcessFigures | null;
  isReady: boolean;
  tell(message: ToWorker): void;
  end(signal: NodeJS.Signals): void;
}

/** What a supervisor does for a worker. */
export interface MemberOptions {
  readonly program: WorkerProgram;
  readonly orders: WorkerOrders;
  /** Answers what this worker asks. */
  readonly answers: Answers;
  readonly onTaken: (member: Member) => void;
  readonly onLeaving: (member: Member) => void;
}

/** Starts a worker. */
export function hire({ program, orders, answers, onTaken, onLeaving }: MemberOptions): Member {
  const child = fork(program.path, program.arguments, { serialization: 'advanced' });
  const startMs = monotonicMs();
  const tell = (message: ToWorker, socket?: Socket): void => {
    // Where it is gone that is noticed by its end.
    child.send(message, socket, { keepOpen: true }, () => undefined);
  };
  const started = Promise.withResolvers<Started>();
  const gone = goneOf(child);
  const member: Member = {
    ...{ number: orders.number, pid: child.pid ?? 0, started: started.promise, gone, figures: null, isReady: false },
    asking: createAsking(tell, answers),
    ageMs: () => monotonicMs() - startMs,
    tell,
    give: (socket) => tell({ kind: 'connection' }, socket),
    end: (signal) => child.kill(signal),
  };
  child.on('message', (message) => {
    const told = message as ToSupervisor;
    if (told.kind === 'ready') started.resolve({ outcome: 'ready', about: told.about });
    else if (told.kind === 'failed') started.resolve({ outcome: 'failed', error: told.error });
    else if (told.kind === 'taken') onTaken(member);
    else if (told.kind === 'leaving') onLeaving(member);
    else member.asking.take(told);
  });
  void gone.then(() => {
    started.resolve({ outcome: 'ended' });
    member.asking.end();
  });
  tell({ kind: 'begin', orders });
  return member;
}

function goneOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (signal !== null) resolve(`was ended by ${signal}`);
      else resolve(code === 0 ? null : `ended with ${code}`);
    });
    child.on('error', (error) => {
      // One that could not be started has no exit.
      if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
    });
  });
}
