import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
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
 * Keeps a stream in a file and passes it on live, without secrets, both bounded. Resolves once the stream ended and the
 * file is written; rejects then, not before, where the file cannot be written.
 */
export async function capture(stream: Readable, options: CaptureOptions): Promise<void> {
  const file = createWriteStream(options.path, { mode: 0o600 });
  let broken: Error | null = null;
  file.on('error', (error) => {
    broken ??= error;
  });
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
    if (broken === null) file.write(text);
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
  if (broken !== null) throw broken;
  if (seen.dropped > 0) file.write(`\n[${seen.dropped} further bytes were not kept]\n`);
  await new Promise<void>((resolve, reject) => {
    file.once('error', reject);
    file.end(resolve);
  });
}
