import { closeSync, createWriteStream, openSync, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createRedactor } from './redact.ts';

/** Bytes of one stream that are kept; what comes after is counted and dropped. */
export const maximumLogBytes = 16 * 1024 * 1024;
const maximumLiveBytes = 1024 * 1024;

/** Where a stream of a step goes. */
export interface CaptureOptions {
  readonly path: string;
  readonly secrets: readonly string[];
  readonly onText: (text: string) => void;
}

/**
 * Keeps a stream in a new file and passes it on live, without secrets, both bounded. Resolves once the stream ended and
 * the file is written; rejects then, not before, where it cannot be written.
 */
export async function capture(stream: Readable, options: CaptureOptions): Promise<void> {
  const file = newFile(options.path);
  const decoder = new StringDecoder('utf8');
  const redactor = createRedactor(options.secrets);
  const seen = { kept: 0, live: 0, dropped: 0 };
  const take = (text: string): void => {
    if (text === '') return;
    const size = Buffer.byteLength(text);
    if (seen.kept + size > maximumLogBytes) {
      seen.dropped += size;
      return;
    }
    seen.kept += size;
    file.write(text);
    if (seen.live <= maximumLiveBytes) options.onText(text);
    seen.live += size;
  };
  try {
    for await (const chunk of stream) {
      // Once the file is full there is nothing to look for secrets in.
      if (seen.dropped > 0) seen.dropped += (chunk as Buffer).length;
      else take(redactor.push(decoder.write(chunk as Buffer)));
    }
  } catch {
    // A stream that breaks off when its process is killed has simply ended.
  }
  if (seen.dropped === 0) take(redactor.push(decoder.end()) + redactor.end());
  if (seen.dropped > 0) file.write(`\n[${seen.dropped} further bytes were not kept]\n`);
  await file.end();
}

/**
 * A new file, made at once, so that the step cannot put anything in its place; what breaks it is told at its end. Text is
 * written beside other work, and a file without text is closed in place.
 */
function newFile(path: string): { write(text: string): void; end(): Promise<void> } {
  let broken: unknown = null;
  let stream: WriteStream | null = null;
  const descriptor = openNew(path, (error) => {
    broken = error;
  });
  return {
    write: (text) => {
      if (descriptor === null || broken !== null) return;
      stream ??= createWriteStream(path, { fd: descriptor }).on('error', (error) => {
        broken ??= error;
      });
      stream.write(text);
    },
    end: async () => {
      if (stream !== null) await finished(stream.end()).catch(() => undefined);
      else if (descriptor !== null) closeSync(descriptor);
      if (broken !== null) throw broken;
    },
  };
}

function openNew(path: string, onError: (error: unknown) => void): number | null {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    onError(error);
    return null;
  }
}
