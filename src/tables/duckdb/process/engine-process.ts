/**
 * DuckDB in a process of its own. Whatever a query does there, the program goes on: a query that is canceled ends, with its process where
 * it does not react; a process that dies (of a defect in the library, or because the machine has no memory left) is an error that says so.
 * Calls and answers are messages; the rows of a result come a batch at a time, the next one read while the last is looked at.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { modulePath } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import type {
  AllowedPlaces,
  Cell,
  EngineOptions,
  ParquetOptions,
  QueryEngine,
  QueryOptions,
} from '../../query-engine.ts';
import type { Batch, TableSchema } from '../../table.ts';
import { canceled } from '../engine-error.ts';
import { either } from '../interrupt.ts';
import { requirePure } from '../pure-query.ts';
import type { Call, FromEngine, Given, ToEngine } from './messages.ts';

const defaultGraceMs = 5_000;
const keptWords = 2_000;

/**
 * Opens DuckDB in a process of its own. `graceMs` after the signal of a query the process is ended, with everything that it does.
 * @throws PlatformError TABLE_ENGINE_ENDED, as every method does then; CANCELED
 */
export async function createDuckDbProcess(
  options: EngineOptions = {},
  graceMs: number = defaultGraceMs,
): Promise<QueryEngine> {
  const engine = new EngineProcess(options, graceMs);
  try {
    await engine.open(options);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** What is canceled in place of the call itself. */
  readonly stream?: number;
  /** The rows that the call takes, a batch each time. */
  readonly give?: () => Promise<Given>;
}

interface UnderWay extends Pick<CallOptions, 'give'> {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: PlatformError) => void;
}

class EngineProcess implements QueryEngine {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: EngineOptions['onProgress'];
  readonly #graceMs: number;
  readonly #underWay = new Map<number, UnderWay>();
  #callCount = 0;
  /** What the process wrote to standard error last. */
  #words = '';
  /** Why nothing is answered any more. */
  #ended: PlatformError | null = null;

  constructor({ signal, onProgress }: EngineOptions, graceMs: number) {
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#graceMs = graceMs;
    this.#child = fork(modulePath(import.meta.url, './main'), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on('data', (chunk) => {
      this.#words = `${this.#words}${chunk}`.slice(-keptWords);
    });
    this.#child.on('message', (message) => this.#take(message as FromEngine));
    this.#gone = this.#watchEnd();
  }

  async open({ signal: _signal, onProgress, ...options }: EngineOptions): Promise<void> {
    await this.#call({ of: 'open', options: { ...options, tellsProgress: onProgress !== undefined } });
  }

  async describe(sql: string): Promise<TableSchema> {
    return await this.#call({ of: 'describe', sql });
  }

  async *batches(sql: string, { signal, batchRows }: QueryOptions = {}): AsyncGenerator<Batch> {
    const stream = this.#callCount + 1;
    await this.#call({ of: 'batches', sql, batchRows }, { signal });
    let isWhole = false;
    try {
      for (;;) {
        const batch = await this.#call<Batch | null>({ of: 'next', stream }, { signal, stream });
        isWhole = batch === null;
        if (batch === null) return;
        yield batch;
      }
    } finally {
      if (!isWhole && this.#ended === null) await this.#ask({ of: 'leave', stream }).catch(() => undefined);
    }
  }

  async rows(sql: string, { signal }: QueryOptions = {}): Promise<Record<string, Cell>[]> {
    return await this.#call({ of: 'rows', sql }, { signal });
  }

  async execute(sql: string, { signal }: QueryOptions = {}): Promise<void> {
    await this.#call({ of: 'execute', sql }, { signal });
  }

  async writeParquet(
    sql: string,
    path: string,
    { signal, groupBytes }: ParquetOptions = {},
  ): Promise<{ rowCount: number }> {
    return await this.#call({ of: 'writeParquet', sql, path, groupBytes }, { signal });
  }

  async appendBatches(
    path: string,
    schema: TableSchema,
    batches: AsyncIterable<Batch> | Iterable<Batch>,
  ): Promise<{ rowCount: number }> {
    const source = inOrder(batches);
    let broken: { readonly error: unknown } | null = null;
    const give = async (): Promise<Given> => {
      try {
        const { done, value } = await source.next();
        return done === true ? null : value;
      } catch (error) {
        broken = { error };
        return 'failed';
      }
    };
    try {
      return await this.#call({ of: 'appendBatches', path, schema }, { give });
    } catch (error) {
      throw (broken as { readonly error: unknown } | null)?.error ?? error;
    } finally {
      await source.return(undefined);
    }
  }

  async confine(allowed: AllowedPlaces): Promise<void> {
    await this.#call({ of: 'confine', allowed });
  }

  async requireQuery(sql: string): Promise<void> {
    await this.#call({ of: 'requireQuery', sql });
  }

  async requirePureQuery(sql: string, given: readonly string[]): Promise<void> {
    await requirePure((asked) => this.rows(asked), sql, given);
  }

  /** Ends the process; one that does not end by itself is killed. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#graceMs);
    try {
      if (this.#ended === null) await this.#ask({ of: 'close' }).catch(() => undefined);
      if (this.#child.connected) this.#child.disconnect();
      await this.#gone;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A call that a signal ends: first the query, and where that does not react, the process. */
  async #call<Answer>(call: Call, { signal, stream, give }: CallOptions = {}): Promise<Answer> {
    const stop = either(signal, this.#signal);
    if (stop?.aborted === true) throw canceled();
    let timer: NodeJS.Timeout | undefined;
    const id = this.#callCount + 1;
    const cancel = (): void => {
      this.#tell({ kind: 'cancel', id: stream ?? id });
      timer = setTimeout(() => this.#kill(), this.#graceMs);
    };
    stop?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#ask<Answer>(call, give);
    } finally {
      stop?.removeEventListener('abort', cancel);
      clearTimeout(timer);
    }
  }

  async #ask<Answer>(call: Call, give?: () => Promise<Given>): Promise<Answer> {
    if (this.#ended !== null) throw this.#ended;
    const id = ++this.#callCount;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const answered = resolve as (answer: unknown) => void;
        this.#underWay.set(id, { resolve: answered, reject, ...(give === undefined ? {} : { give }) });
        this.#tell({ kind: 'call', id, call });
      });
    } finally {
      this.#underWay.delete(id);
    }
  }

  #tell(message: ToEngine): void {
    // Where the process is gone that is noticed by its end.
    if (this.#child.connected) this.#child.send(message, undefined, undefined, () => undefined);
  }

  #take(message: FromEngine): void {
    if (message.kind === 'progress') {
      this.#onProgress?.(message.share);
      return;
    }
    const call = this.#underWay.get(message.id);
    if (message.kind === 'answer') call?.resolve(message.answer);
    else if (message.kind === 'failed') {
      const { code, ...description } = message.error;
      call?.reject(new PlatformError(code, description));
    } else void call?.give?.().then((given) => this.#tell({ kind: 'given', id: message.id, given }));
  }

  #kill(): void {
    this.#ended ??= canceled();
    this.#child.kill('SIGKILL');
  }

  #watchEnd(): Promise<void> {
    return new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ended ??= new PlatformError('TABLE_ENGINE_ENDED', {
          message: `expected the process of the query engine to go on, found that it ${how}${this.#words === '' ? '' : `: ${this.#words.trim()}`}`,
        });
        for (const { reject } of this.#underWay.values()) reject(this.#ended);
        resolve();
      };
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
      );
      this.#child.on('error', (error) => {
        // One that could not be started has no end.
        if (this.#child.pid === undefined) end(`could not be started: ${error.message}`);
      });
    });
  }
}

async function* inOrder(batches: AsyncIterable<Batch> | Iterable<Batch>): AsyncGenerator<Batch> {
  yield* batches;
}
