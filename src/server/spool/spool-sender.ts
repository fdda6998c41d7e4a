/**
 * Sends what waits in a spool to the other server. Entries of one subject go in their order, several subjects at once;
 * what moves a whole experiment waits until everything before it has gone. An entry leaves the spool once the server has
 * answered that it took it, so that a death in between sends it again: everything is sent in a form that changes nothing
 * the second time. Three things can go wrong. The server is away: all wait, with pauses that double from a second to
 * a minute, each shortened at random by up to half. It breaks over a call, or does not let this user make it: its subject
 * waits in the same way. It refuses a call: that one is set aside with the reason and not sent again until somebody asks
 * for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { now, seededRandom } from '../../encoding/index.ts';
import type { SetAside, SpoolEntry, SpoolJournal, SpoolSubject } from '../../tracking/index.ts';
import {
  createRemoteApi,
  type RemoteApi,
  RemoteAway,
  RemoteBroken,
  RemoteRefused,
  type RemoteServer,
} from './remote-api.ts';
import { createRemoteIds, type RemoteIds } from './remote-ids.ts';
import { mergeBatches, missingOf, sendBatch } from './replay-batch.ts';
import { replayChange } from './replay-change.ts';
import { sourcesOf } from './replay-registry.ts';
import type { FileSource } from './send-file.ts';

/** What a sender works with. */
export interface SpoolSenderOptions {
  readonly journal: SpoolJournal;
  readonly server: RemoteServer;
  readonly files: FileSource;
  /** The name of an experiment of the spool. */
  readonly experimentName: (id: string) => Promise<string>;
  readonly signal: AbortSignal;
  /** Hears of runs that were made there, of a server that went away or came back, and of what it refuses. */
  readonly say: (message: string) => void;
}

/** How a look into the spool ended. */
export type SendOutcome = 'sent' | 'idle' | 'waiting';

const window = { limit: 2000, maxBytes: 4 * 1024 * 1024 } as const;
const lanes = 4;
const shortestPauseMs = 1000;
const longestPauseMs = 60_000;
const pollMs = 250;

interface Sender extends SpoolSenderOptions {
  readonly api: RemoteApi;
  readonly ids: RemoteIds;
  readonly broken: Map<SpoolSubject, { readonly failures: number; readonly untilMs: number }>;
  /** Whether the server keeps points once; asked when it first answers. */
  keepsOnce: boolean | null;
}

/**
 * Sends until nothing waits any more. @returns how many entries wait still: those whose subject the server breaks over
 * @throws RemoteAway where the server is away
 */
export async function sendSpool(options: SpoolSenderOptions): Promise<void> {
  const sender = openSender(options);
  try {
    while (!options.signal.aborted && (await sendNext(sender)) === 'sent');
  } catch (error) {
    await options.journal.noteError(toldOf(error)).catch(() => undefined);
    throw error;
  }
}

/** Sends what waits and what is logged meanwhile, until the signal. */
export async function keepSendingSpool(options: SpoolSenderOptions): Promise<void> {
  const { signal, journal, say } = options;
  const sender = openSender(options);
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = 0;
    try {
      if ((await sendNext(sender)) !== 'sent') waitMs = pollMs;
      if (failures > 0) say(`${journal.remote} answers again`);
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      if (failures === 0) say(`${toldOf(error)}; what is logged waits here`);
      failures += 1;
      // On a full disk there is no place for it either, and the next attempt may find one.
      await journal.noteError(toldOf(error)).catch(() => undefined);
      sender.keepsOnce = null;
      waitMs = Math.max(
        pauseOf(journal.spoolId, failures),
        error instanceof RemoteAway ? (error.retryAfterMs ?? 0) : 0,
      );
    }
    if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function openSender(options: SpoolSenderOptions): Sender {
  const { journal, server, signal, experimentName, say } = options;
  const api = createRemoteApi(server, signal);
  const onRun = (runId: string, url: string): void => say(`run ${runId} is ${url}`);
  const ids = createRemoteIds({ journal, api, experimentName, onRun });
  return { ...options, api, ids, broken: new Map(), keepsOnce: null };
}

/** A pause that doubles with each failure, shortened at random by up to half. */
function pauseOf(name: string, failures: number): number {
  const longest = Math.min(shortestPauseMs * 2 ** (failures - 1), longestPauseMs);
  return longest * (1 - seededRandom(`${name} ${failures} ${now()}`)() / 2);
}

async function sendNext(sender: Sender): Promise<SendOutcome> {
  const { journal, broken } = sender;
  const except = [...broken].flatMap(([subject, { untilMs }]) => (untilMs > now() ? [subject] : []));
  const entries = upToBarrier(await journal.next({ ...window, except }));
  if (entries.length === 0) return except.length > 0 ? 'waiting' : 'idle';
  if (isBarrier(entries[0]!) && except.length > 0) {
    if (entries[0]!.change.kind !== 'version-made') return 'waiting';
    const [source] = sourcesOf(entries[0]!).flatMap((subject) => broken.get(subject) ?? []);
    if (source !== undefined && source.untilMs > now()) {
      broken.set(entries[0]!.subject, source);
      return 'sent';
    }
  }
  sender.keepsOnce ??= await sender.api.keepsPointsOnce();
  const queues = [...Map.groupBy(entries, ({ subject }) => subject).values()];
  const lane = async (): Promise<void> => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) await sendQueue(sender, queue);
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await journal.noteSent();
  return 'sent';
}

/** What moves an experiment touches everything in it, and a version what it is made of: each goes alone, after all before it. */
function isBarrier({ change: { kind } }: SpoolEntry): boolean {
  return kind === 'experiment-moved' || kind === 'experiment-renamed' || kind === 'version-made';
}

function upToBarrier(entries: readonly SpoolEntry[]): readonly SpoolEntry[] {
  const first = entries.findIndex(isBarrier);
  return first < 0 ? entries : entries.slice(0, Math.max(first, 1));
}

/** Sends the entries of one subject in their order. */
async function sendQueue(sender: Sender, queue: readonly SpoolEntry[]): Promise<void> {
  const { journal, broken, say } = sender;
  const { subject } = queue[0]!;
  try {
    for (let left = queue; left.length > 0; ) left = left.slice(await sendFirst(sender, left));
    broken.delete(subject);
  } catch (error) {
    if (error instanceof RemoteBroken) {
      const failures = (broken.get(subject)?.failures ?? 0) + 1;
      if (failures === 1) say(`${error.message}; the rest of ${subject} waits`);
      broken.set(subject, { failures, untilMs: now() + pauseOf(subject, failures) });
      await journal.noteError(error.message);
    } else if (error instanceof RemoteRefused) {
      say(`${subject} was refused: ${error.message}; it is set aside, see mlspec spool status`);
      await journal.setSubjectAside(subject, error.message);
    } else throw error;
  }
}

/** Sends the first entries of a subject that go together. @returns how many they were */
async function sendFirst(sender: Sender, queue: readonly SpoolEntry[]): Promise<number> {
  const { journal } = sender;
  const [first] = queue as readonly [SpoolEntry];
  const { subject, change } = first;
  if (change.kind === 'run-logged') {
    const { batch, count } = mergeBatches(queue);
    const sent = queue.slice(0, count);
    await journal.done(sent, reported(sender, await sendOnce(sender, sent, batch)));
    return count;
  }
  // Where the thing itself cannot be made there, nothing of it can: that refusal is the subject's, not this entry's.
  if (!subject.startsWith('artifact/')) await sender.ids.of(subject);
  const refused = await replayChange(subject, change, sender).then(
    () => [],
    (error: unknown) => {
      if (error instanceof RemoteRefused) return [{ subject, change, reason: error.message }];
      throw error;
    },
  );
  await journal.done([first], reported(sender, refused));
  return 1;
}

async function sendOnce(
  sender: Sender,
  sent: readonly SpoolEntry[],
  batch: ReturnType<typeof mergeBatches>['batch'],
): Promise<readonly SetAside[]> {
  const target = { api: sender.api, ids: sender.ids, subject: sent[0]!.subject };
  if (sender.keepsOnce === true) return await sendBatch(target, batch);
  const isRepeated = sent.some(({ attempts }) => attempts > 0);
  const rest = isRepeated ? await missingOf(target, batch) : batch;
  await sender.journal.begin(sent);
  return await sendBatch(target, rest);
}

function reported({ say }: Sender, refused: readonly SetAside[]): readonly SetAside[] {
  for (const { subject, change, reason } of refused)
    say(`${change.kind} of ${subject} was refused: ${reason}; it is set aside, see mlspec spool status`);
  return refused;
}

function toldOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
