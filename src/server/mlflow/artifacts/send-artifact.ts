/** A file as an answer to a request: whole, in part, or only what is known of it. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteRange } from '../../../artifacts/index.ts';
import type { ArtifactFile, ArtifactPaths } from '../../../tracking/index.ts';
import { answer } from '../errors.ts';
import { readRange } from './byte-range.ts';
import { attachment, mediaTypeOf } from './media-type.ts';

/** Up to this size a file is read at once, which takes a fraction of the time. */
const smallFileBytes = 1 << 20;

/** What is sent, and the name under which whoever asked may keep it. */
export interface SentFile extends Pick<ArtifactFile, 'digest' | 'sizeBytes'> {
  readonly name: string;
}

/** A request and the answer to it. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Answers with a file, always as an attachment that no browser runs: 200, 206 for a part, 304 for whoever has it already,
 * 416 for a part that it does not have.
 */
export async function sendArtifact(
  { request, reply }: Exchange,
  file: SentFile,
  paths: ArtifactPaths,
): Promise<FastifyReply> {
  const etag = `"${file.digest}"`;
  if (isKnown(request.headers['if-none-match'], etag)) return await describe(reply, file).code(304).send();
  const ifRange = request.headers['if-range'];
  const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const wanted = readRange(asked, file.sizeBytes);
  if (wanted === 'unsatisfiable') return await refuseRange(reply, file, asked);
  // Before anything is said of the file: what cannot be read is an error.
  const body = request.method === 'HEAD' ? '' : await contentOf(file, wanted, paths);
  const { start, end } = wanted === 'all' ? { start: 0, end: file.sizeBytes } : wanted;
  if (wanted !== 'all') reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${file.sizeBytes}`);
  describe(reply, file)
    .type(mediaTypeOf(file.name))
    .header('content-length', end - start);
  return await reply.send(body);
}

/** What whoever gets a file has to know of it. */
function describe(reply: FastifyReply, file: SentFile): FastifyReply {
  return reply.headers({
    etag: `"${file.digest}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': attachment(file.name),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  });
}

async function contentOf(file: SentFile, wanted: ByteRange | 'all', paths: ArtifactPaths): Promise<Buffer | Readable> {
  const range = wanted === 'all' ? undefined : wanted;
  if (file.sizeBytes > smallFileBytes) return await begun(paths.open(file.digest, range));
  return (await paths.read(file.digest)).subarray(range?.start, range?.end);
}

async function refuseRange(reply: FastifyReply, file: SentFile, asked: string | undefined): Promise<FastifyReply> {
  reply.header('content-range', `bytes */${file.sizeBytes}`);
  const message = `expected a range of the ${file.sizeBytes} bytes of ${file.name}, found ${asked?.slice(0, 100)}`;
  return await reply.code(416).send(answer(416, 'INVALID_PARAMETER_VALUE', message).body);
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}

/**
 * A stream that has begun well: what cannot be read is an error while there is still an answer to give. Its last piece is
 * held back until the store has compared the whole with its digest, so that nobody takes damaged bytes for all there is.
 */
async function begun(source: Readable): Promise<Readable> {
  const pieces = holdLast(source as AsyncIterable<Buffer>);
  const first = await pieces.next();
  return Readable.from(
    (async function* () {
      if (first.done === true) return;
      yield first.value;
      yield* pieces;
    })(),
    { objectMode: false },
  );
}

async function* holdLast(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer | null = null;
  for await (const piece of source) {
    if (held !== null) yield held;
    held = piece;
  }
  if (held !== null) yield held;
}
