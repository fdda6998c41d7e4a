import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const startLimitMs = 120_000;
const graceMs = 10_000;

/** A server that a contender needs and that runs already when its time begins. */
export interface Server {
  close(): Promise<void>;
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a server and waits until it answers at an address.
 * @throws Error where it ends first, or says nothing for two minutes
 */
export async function startServer(
  command: readonly [string, ...string[]],
  { url, env, cwd }: { readonly url: string; readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<Server> {
  const child = spawn(command[0], command.slice(1), { env, cwd, stdio: 'ignore', detached: true });
  const state = { hasEnded: false };
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      state.hasEnded = true;
      resolve();
    };
    child.once('exit', end).once('error', end);
  });
  const close = async (): Promise<void> => {
    if (state.hasEnded) return;
    process.kill(-child.pid!, 'SIGTERM');
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), graceMs);
    await ended.finally(() => clearTimeout(timer));
  };
  for (let waitedMs = 0; waitedMs < startLimitMs && !state.hasEnded; waitedMs += 200) {
    if (await answers(url)) return { close };
    await wait(200);
  }
  await close();
  throw new Error(`${command.join(' ')} did not answer at ${url}`);
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
