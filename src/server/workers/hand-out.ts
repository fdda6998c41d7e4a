/**
 * Hands accepted connections to workers. Each worker is on its way to take one connection at most; the next one gets whoever
 * took its own first. So a worker that is busy keeps no newcomer waiting, and one that dies takes one connection along that it
 * had perhaps not begun to read: nobody knows, so that one is closed. While no worker is there connections wait.
 */
import type { Socket } from 'node:net';

/** Somebody who takes connections. */
export interface Taker {
  /** Sends a connection on its way; it stays open here too. Its taking is told by `taken`. */
  give(socket: Socket): void;
}

/** Gives each connection to one of those who are free. */
export interface HandOut {
  offer(socket: Socket): void;
  join(taker: Taker): void;
  /** Gives nothing to it any more. */
  leave(taker: Taker): void;
  /** It is gone, with what it was given. */
  gone(taker: Taker): void;
  /** It has what it was given. */
  taken(taker: Taker): void;
  /** Resolves when nothing waits or is on its way, or nobody is left who takes anything. */
  idle(): Promise<void>;
}

/** More wait in the operating system, or are refused by it. */
const mostWaiting = 4096;

/** Nobody takes anything yet. */
export function createHandOut(): HandOut {
  const waiting: Socket[] = [];
  const takers = new Set<Taker>();
  const free: Taker[] = [];
  /** On their way: open here too, since Node does not close what it was sending to a process that died. */
  const given = new Map<Taker, Socket>();
  let onIdle: (() => void) | null = null;
  const isIdle = (): boolean => takers.size === 0 || (waiting.length === 0 && free.length === takers.size);
  const look = (): void => {
    while (waiting.length > 0 && free.length > 0) {
      const [taker, socket] = [free.shift()!, waiting.shift()!];
      given.set(taker, socket);
      taker.give(socket);
    }
    if (isIdle()) onIdle?.();
  };
  const close = (taker: Taker): void => {
    given.get(taker)?.destroy();
    given.delete(taker);
  };
  const leave = (taker: Taker): void => {
    takers.delete(taker);
    const at = free.indexOf(taker);
    if (at >= 0) free.splice(at, 1);
    look();
  };
  return {
    offer: (socket) => {
      // A client that has gone away meanwhile is noticed by who reads.
      socket.on('error', () => undefined);
      if (waiting.length >= mostWaiting) return void socket.destroy();
      waiting.push(socket);
      look();
    },
    join: (taker) => {
      takers.add(taker);
      free.push(taker);
      look();
    },
    leave,
    gone: (taker) => {
      close(taker);
      leave(taker);
    },
    taken: (taker) => {
      close(taker);
      if (!takers.has(taker)) return;
      free.push(taker);
      look();
    },
    idle: async () => {
      if (!isIdle()) await new Promise<void>((resolve) => (onIdle = resolve));
    },
  };
}
