import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toPlatformError } from '../../../errors/index.ts';
import type { QueryEngine } from '../../query-engine.ts';
import type { Batch } from '../../table.ts';
import { createDuckDb } from '../duckdb-engine.ts';
import type { Call, FromEngine, Given, OpenOptions, SentError, ToEngine } from './messages.ts';

/**
 * Answers the program that started this process, until that is gone. What a terminal sends to all processes of a program is left to
 * that: it cancels what is under way, or ends.
 */
export function answerCalls(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const served = new ServedEngine();
  process.once('disconnect', () => {
    if (served.isIdle) return served.end();
    served.cancelAll();
    setTimeout(() => served.end(), reactMs);
  });
  process.on('message', (message) => served.take(message as ToEngine));
}

/** How long a query may take to react where nobody waits for it any more. */
const reactMs = 200;

function tell(message: FromEngine): void {
  // Where the program is gone this process ends.
  process.send?.(message, undefined, undefined, () => undefined);
}

interface Stream {
  readonly batches: AsyncIterator<Batch>;
  readonly abort: AbortController;
  /** The next batch, read while the one before is looked at. */
  ahead: Promise<IteratorResult<Batch>>;
}

class ServedEngine {
  #engine: QueryEngine | null = null;
  #tempDirectory: string | null = null;
  readonly #underWay = new Map<number, AbortController>();
  readonly #streams = new Map<number, Stream>();
  readonly #wanted = new Map<number, (given: Given) => void>();

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#underWay.size === 0 && this.#streams.size === 0;
  }

  cancelAll(): void {
    for (const abort of this.#underWay.values()) abort.abort();
    for (const { abort } of this.#streams.values()) abort.abort();
  }

  /** Ends the process. A query that still runs, on threads of its own, would hold up an orderly end. */
  end(): void {
    this.#dropTemporaries();
    if (this.isIdle) process.exit(0);
    process.kill(process.pid, 'SIGKILL');
  }

  /** Removes what DuckDB put into its temporary folder, as it does where it ends in order, and the folder where nothing else is in it. */
  #dropTemporaries(): void {
    if (this.#tempDirectory === null) return;
    try {
      for (const name of readdirSync(this.#tempDirectory))
        if (name.startsWith('duckdb_temp_')) rmSync(join(this.#tempDirectory, name), { force: true });
      rmdirSync(this.#tempDirectory);
    } catch {
      // It was never made, or somebody else has files in it.
    }
  }

  take(message: ToEngine): void {
    const { id } = message;
    if (message.kind === 'call') void this.#answer(id, message.call);
    else if (message.kind === 'cancel') (this.#underWay.get(id) ?? this.#streams.get(id)?.abort)?.abort();
    else this.#wanted.get(id)?.(message.given);
  }

  async #answer(id: number, call: Call): Promise<void> {
    const abort = new AbortController();
    this.#underWay.set(id, abort);
    try {
      tell({ kind: 'answer', id, answer: await this.#carryOut(id, call, abort) });
    } catch (thrown) {
      tell({ kind: 'failed', id, error: toSent(thrown) });
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #carryOut(id: number, call: Call, abort: AbortController): Promise<unknown> {
    if (call.of === 'open') {
      this.#tempDirectory = call.options.tempDirectory ?? null;
      this.#engine = await open(call.options);
      return null;
    }
    const engine = this.#engine!;
    const { signal } = abort;
    switch (call.of) {
      case 'describe':
        return await engine.describe(call.sql);
      case 'requireQuery':
        return await engine.requireQuery(call.sql);
      case 'rows':
        return await engine.rows(call.sql, { signal });
      case 'execute':
        return await engine.execute(call.sql, { signal });
      case 'writeParquet':
        return await engine.writeParquet(call.sql, call.path, {
          signal,
          ...(call.groupBytes === undefined ? {} : { groupBytes: call.groupBytes }),
        });
      case 'appendBatches':
        return await engine.appendBatches(call.path, call.schema, this.#ask(id));
      case 'confine':
        return await engine.confine(call.allowed);
      case 'batches': {
        const { sql, batchRows } = call;
        const batches = engine.batches(sql, { signal, ...(batchRows === undefined ? {} : { batchRows }) });
        this.#begin(id, batches[Symbol.asyncIterator](), abort);
        return null;
      }
      case 'next':
        return await this.#next(call.stream);
      case 'leave':
        return await this.#leave(call.stream);
      case 'close':
        return await engine.close();
    }
  }

  #begin(id: number, batches: AsyncIterator<Batch>, abort: AbortController): void {
    this.#streams.set(id, { batches, abort, ahead: readAhead(batches) });
  }

  async #next(id: number): Promise<Batch | null> {
    const stream = this.#streams.get(id);
    if (stream === undefined) return null;
    const { done, value } = await stream.ahead;
    if (done === true) {
      this.#streams.delete(id);
      return null;
    }
    stream.ahead = readAhead(stream.batches);
    return value;
  }

  async #leave(id: number): Promise<void> {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    stream.abort.abort();
    await stream.batches.return?.().catch(() => undefined);
  }

  /** The rows of a call that takes some, asked for one batch after the other. */
  async *#ask(id: number): AsyncGenerator<Batch> {
    for (;;) {
      const given = await new Promise<Given>((resolve) => {
        this.#wanted.set(id, resolve);
        tell({ kind: 'want', id });
      });
      this.#wanted.delete(id);
      if (given === null) return;
      if (given === 'failed') throw new Error('the rows ended early');
      yield given;
    }
  }
}

async function open({ tellsProgress, ...options }: OpenOptions): Promise<QueryEngine> {
  const onProgress = (share: number | null): void => tell({ kind: 'progress', share });
  return await createDuckDb({ ...options, ...(tellsProgress ? { onProgress } : {}) });
}

/** Asks for the next batch; what goes wrong is told when somebody comes for it. */
function readAhead(batches: AsyncIterator<Batch>): Promise<IteratorResult<Batch>> {
  const next = batches.next();
  next.catch(() => undefined);
  return next;
}

function toSent(thrown: unknown): SentError {
  const { code, message, hint, details } = toPlatformError(thrown);
  return { code, message, hint, details };
}
