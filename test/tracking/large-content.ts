/* Content that is too large to be held, made and sent as it is read. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes that differ from piece to piece, made as they are read. */
export async function* makeBytes(sizeBytes: number): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafe(1 << 20).fill('mlspec ');
  for (let at = 0; at < sizeBytes; at += piece.length) {
    piece.writeDoubleLE(at, 0);
    yield Buffer.from(piece.subarray(0, Math.min(piece.length, sizeBytes - at)));
  }
}

/** SHA-256 of a stream, in hexadecimal digits. */
export async function digestOfStream(source: AsyncIterable<Buffer>): Promise<string> {
  const state = createHash('sha256');
  for await (const piece of source) state.update(piece);
  return state.digest('hex');
}

/** A PUT whose body is still to be written, and the status of its answer. */
export function putting(url: string): { readonly sent: ClientRequest; readonly status: Promise<number> } {
  const sent = request(url, { method: 'PUT' });
  const status = new Promise<number>((resolve, reject) => {
    sent.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode!)));
    sent.once('error', reject);
  });
  status.catch(() => undefined);
  return { sent, status };
}

/** Sends a stream by PUT. @returns the status of the answer */
export async function put(url: string, source: AsyncIterable<Buffer>): Promise<number> {
  const { sent, status } = putting(url);
  await pipeline(Readable.from(source, { objectMode: false }), sent);
  return await status;
}

/** The most memory that a process ever held. */
export async function peakBytes({ child }: { readonly child: { readonly pid?: number | undefined } }): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024;
}
