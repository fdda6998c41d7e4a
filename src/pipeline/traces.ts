import { statSync } from 'node:fs';
import { newId } from '../encoding/index.ts';
import type { PublishedOutput } from './events.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import { storeKeptFiles } from './kept-files.ts';
import type { RunContext } from './run-context.ts';

/** What the name of a log begins with where others are names of ports; no port's name holds a slash. */
export const logPrefix = 'logs/';

type Left = Readonly<Record<string, PublishedOutput>>;

/** What a step that failed left behind, as far as it can be kept. */
export async function storeTraces(
  execution: OpenedExecution,
  context: RunContext,
): Promise<{ kept: Left; logs: Left }> {
  const { ran } = execution;
  if (ran === null) return { kept: {}, logs: {} };
  return {
    kept: await storeKeptFiles(execution, ran, context).catch(() => ({})),
    logs: await storeLogs(ran, context).catch(() => ({})),
  };
}

/** Keeps the captured standard output and error as artifacts of type Log; empty ones are left out. */
export async function storeLogs(ran: RanStep, context: RunContext): Promise<Left> {
  const logs: Record<string, PublishedOutput> = {};
  for (const [stream, path] of Object.entries(ran.logs)) {
    if (statSync(path).size === 0) continue;
    const content = await context.services.artifacts.put(path);
    logs[`${logPrefix}${stream}`] = { artifactId: newId('art'), type: 'Log', ...content, properties: {} };
  }
  return logs;
}
