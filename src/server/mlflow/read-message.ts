/**
 * Bodies of messages, read whole: each within the limit of its endpoint and in bounded time, all that are held at once
 * within one limit together, so that many large ones make the server say 503 and not die. What is refused is received
 * to its end all the same, and dropped: clients read no answer before they have sent all, and a connection that is closed under them looks
 * like a failure of the network.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../../errors/index.ts';
import { limits } from './limits.ts';

/** How messages are limited. */
export interface MessageLimits {
  /** From the end of the headers to the end of the body. */
  readonly messageTimeoutMs: number;
  /** Bytes of bodies that are held at once. */
  readonly heldBytes: number;
}

/** Bodies of every kind in this scope become buffers, within the limits. */
export function readMessages(scope: FastifyInstance, given: MessageLimits = limits): void {
  const held = new WeakMap<FastifyRequest['raw'], number>();
  const together = togetherIn(scope);
  const hold = (request: FastifyRequest, bytes: number): void => {
    if (together.heldBytes + bytes > given.heldBytes) throw tooMuchAtOnce();
    together.heldBytes += bytes;
    held.set(request.raw, (held.get(request.raw) ?? 0) + bytes);
  };
  scope.addHook('onRequest', async (request, reply) => {
    // Also where the client went away before its answer.
    reply.raw.once('close', () => {
      together.heldBytes -= held.get(request.raw) ?? 0;
    });
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (request: FastifyRequest) => {
    return await receive(request, { ...given, hold: (bytes) => hold(request, bytes) });
  });
}

/** What the messages to one server take together, whichever part of it they are for. */
const byServer = new WeakMap<object, { heldBytes: number }>();

function togetherIn({ server }: FastifyInstance): { heldBytes: number } {
  const known = byServer.get(server) ?? { heldBytes: 0 };
  byServer.set(server, known);
  return known;
}

interface Receiving extends MessageLimits {
  /** Takes bytes into account. @throws PlatformError SERVER_OVERLOADED */
  readonly hold: (bytes: number) => void;
}

function receive(request: FastifyRequest, { messageTimeoutMs, hold }: Receiving): Promise<Buffer> {
  const limitBytes = request.routeOptions.bodyLimit;
  const source = request.raw;
  return new Promise((resolve, reject) => {
    let parts: Buffer[] = [];
    let sizeBytes = 0;
    /** Why the body is refused, once it is. */
    let refusal: unknown = null;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      source.off('data', take).off('end', finish).off('error', breakOff).off('close', breakOff);
      settle();
    };
    const take = (part: Buffer): void => {
      if (refusal !== null) return;
      sizeBytes += part.length;
      try {
        if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
        hold(part.length);
        parts.push(part);
      } catch (error) {
        refusal = error;
        parts = [];
      }
    };
    const finish = (): void =>
      end(() => {
        if (refusal !== null) reject(refusal);
        else resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      });
    const breakOff = (): void => end(() => reject(brokenOff()));
    const timer = setTimeout(() => end(() => reject(refusal ?? tooSlow(messageTimeoutMs))), messageTimeoutMs);
    source.on('data', take).once('end', finish).once('error', breakOff).once('close', breakOff);
  });
}

function tooLarge(limitBytes: number): PlatformError {
  return new PlatformError('SERVER_BODY_TOO_LARGE', {
    message: `Invalid request: expected a body of at most ${limitBytes} bytes, found a larger one. Send it in several requests.`,
  });
}

function tooSlow(timeoutMs: number): PlatformError {
  return new PlatformError('SERVER_BODY_TOO_SLOW', {
    message: `The body of the request was not there after ${timeoutMs / 1000} seconds.`,
  });
}

function brokenOff(): PlatformError {
  return new PlatformError('SERVER_BODY_TOO_SLOW', { message: 'The connection ended before the body of the request.' });
}

function tooMuchAtOnce(): PlatformError {
  return new PlatformError('SERVER_OVERLOADED', {
    message: 'the server holds as many bytes of requests as it takes on at once; try again in a moment',
  });
}
