import { z } from 'zod';
import { PlatformError } from '../../errors/index.ts';
import type { LoadedModel, LoadOptions, ModelColumns, ModelDescription } from '../model.ts';
import { checkAnswer, rowCountOf } from './answer.ts';
import { endedError, startWorker, type WorkerCommand, type WorkerProcess } from './worker-process.ts';

const defaultLoadMs = 300_000;

const readyLine = z.object({
  ready: z.literal(true),
  description: z.object({
    library: z.string(),
    features: z.array(z.string()).nullable(),
    classes: z.array(z.union([z.string(), z.number(), z.boolean()])).nullable(),
  }),
});

interface Pending {
  readonly resolve: (answer: Record<string, unknown>) => void;
  readonly reject: (error: PlatformError) => void;
}

/** Which limits a call has. */
interface CallLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** What is known of a worker: calls by id (the first line that it writes is call 0), and why it answers no more. */
interface WorkerState {
  readonly pending: Map<number, Pending>;
  nextId: number;
  failure: PlatformError | null;
}

/**
 * Loads a model in a child process that speaks the protocol of workers: requests `{id, op: 'rows'|'file', …}`, one JSON
 * document a line, answers `{id, …}` or `{id, error}`, and first `{ready: true, description}`.
 * @throws PlatformError MODEL_CANNOT_LOAD, MODEL_BAD_ANSWER, MODEL_TIMEOUT, CANCELED
 */
export async function loadInWorker(command: WorkerCommand, options: LoadOptions): Promise<LoadedModel> {
  options.signal.throwIfAborted();
  const state: WorkerState = { pending: new Map(), nextId: 1, failure: null };
  const worker: WorkerProcess = startWorker(command, {
    onLine: (line) => {
      const id = line['ready'] === true ? 0 : Number(line['id']);
      const call = state.pending.get(id);
      state.pending.delete(id);
      call?.resolve(line);
    },
    onEnd: (reason) => fail(state, endedError(reason, worker.lastWords())),
    onGarbage: (line) => {
      fail(state, badAnswer(`the model's process wrote something else than an answer: ${line}`));
      void worker.kill();
    },
  });
  const talk = { state, worker };
  try {
    const hello = await call(talk, 0, { signal: options.signal, timeoutMs: options.timeoutMs ?? defaultLoadMs });
    const { description } = readyLine.parse(hello);
    return createModel(talk, description);
  } catch (error) {
    await worker.kill();
    throw loadError(error, worker);
  }
}

interface Talk {
  readonly state: WorkerState;
  readonly worker: WorkerProcess;
}

function createModel(talk: Talk, description: ModelDescription): LoadedModel {
  const { state, worker } = talk;
  return {
    description,
    get alive() {
      return state.failure === null;
    },
    predictFile: async (input, output, { keep, signal }) => {
      const answer = await request(talk, { op: 'file', input, output, keep }, { signal });
      if (typeof answer['rows'] !== 'number') throw badAnswer('the model did not say how many rows it predicted');
      return { rows: answer['rows'] };
    },
    predictRows: async (columns, limits) => {
      const rowCount = rowCountOf(columns);
      const answer = await request(talk, { op: 'rows', columns }, limits);
      return checkAnswer(answer['columns'], { rowCount, classes: description.classes }) as ModelColumns;
    },
    close: async () => {
      fail(state, endedError('it was closed', ''));
      await worker.kill();
    },
  };
}

async function request(talk: Talk, body: object, limits: CallLimits): Promise<Record<string, unknown>> {
  const { state, worker } = talk;
  if (state.failure !== null) throw state.failure;
  const id = state.nextId++;
  const answered = call(talk, id, limits);
  worker.send({ id, ...body });
  const answer = await answered;
  if (typeof answer['error'] === 'string') {
    throw new PlatformError('MODEL_REFUSED', { message: answer['error'].slice(0, 2_000) });
  }
  return answer;
}

/** Waits for the answer of a call; an abort or the end of its time ends the worker. */
function call(talk: Talk, id: number, limits: CallLimits): Promise<Record<string, unknown>> {
  const { state, worker } = talk;
  return new Promise((resolve, reject) => {
    const give = (error: PlatformError): void => {
      fail(state, error);
      void worker.kill();
    };
    const onAbort = (): void => give(new PlatformError('CANCELED', { message: 'The prediction was canceled.' }));
    const timer =
      limits.timeoutMs === undefined
        ? null
        : setTimeout(
            () =>
              give(
                new PlatformError('MODEL_TIMEOUT', {
                  message: `the model did not answer within ${limits.timeoutMs} ms`,
                }),
              ),
            limits.timeoutMs,
          );
    const settle = (): void => {
      if (timer !== null) clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
    };
    state.pending.set(id, {
      resolve: (answer) => {
        settle();
        resolve(answer);
      },
      reject: (error) => {
        settle();
        reject(error);
      },
    });
    limits.signal.addEventListener('abort', onAbort);
    if (limits.signal.aborted) onAbort();
  });
}

/** Lets every call fail; the first reason stays. */
function fail(state: WorkerState, error: PlatformError): void {
  state.failure ??= error;
  const calls = [...state.pending.values()];
  state.pending.clear();
  for (const one of calls) one.reject(state.failure);
}

function badAnswer(message: string): PlatformError {
  return new PlatformError('MODEL_BAD_ANSWER', { message });
}

function loadError(error: unknown, worker: WorkerProcess): unknown {
  if (!(error instanceof PlatformError)) return badAnswer('the model did not say what it is');
  if (error.code !== 'MODEL_ENDED') return error;
  const words = worker.lastWords();
  return new PlatformError('MODEL_CANNOT_LOAD', {
    message: words === '' ? error.message : `the model could not be loaded: ${words}`,
    cause: error,
  });
}
