import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '../../src/encoding/index.ts';
import { runProcess } from '../frame/processes.ts';

/** How the engine started a step's process, as that process saw it. */
interface Captured {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly invocation: { readonly projectRoot: string } & Readonly<Record<string, unknown>>;
}

/** Starts the processes of empty steps without an engine. */
export interface BareProcesses {
  /** Runs `count` of them, `sideBySide` at a time; the wall time of each in milliseconds, and of all. */
  run(count: number, sideBySide: number): Promise<{ readonly each: readonly number[]; readonly wallMs: number }>;
}

/**
 * The very process that the engine starts for an empty step: the same program, arguments, variables, invocation document,
 * standard input and process group, and nothing around it. `captured` is what the capturing step left.
 */
export function bareProcesses(captured: string, folder: string): BareProcesses {
  const { command, env, invocation } = JSON.parse(readFileSync(captured, 'utf8')) as Captured;
  let number = 0;
  const one = async (): Promise<number> => {
    const root = join(folder, `bare-${number++}`);
    const document = prepare(root, invocation);
    const { wallMs } = await runProcess([...command, document], {
      cwd: invocation.projectRoot,
      env,
      input: noSecrets,
      detached: true,
    });
    return wallMs;
  };
  return {
    run: async (count, sideBySide) => {
      const each: number[] = [];
      const startedMs = monotonicMs();
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) each.push(await one());
      };
      await Promise.all(Array.from({ length: sideBySide }, worker));
      return { each, wallMs: monotonicMs() - startedMs };
    },
  };
}

const noSecrets = JSON.stringify({ secrets: {}, sealingKey: null, gateFiles: null });

/** Makes what a step's process finds, and writes its invocation; the path of that. */
function prepare(root: string, invocation: Captured['invocation']): string {
  for (const name of ['outputs', 'work']) mkdirSync(join(root, name), { recursive: true });
  const document = join(root, 'invocation.json');
  const own = {
    ...invocation,
    component: { kind: 'typescript', file: 'steps.ts', export: 'empty' },
    outputs: { out: { path: join(root, 'outputs', 'out.json'), type: 'Report', optional: false } },
    workDir: join(root, 'work'),
    eventsPath: join(root, 'events.ndjson'),
    resultPath: join(root, 'result.json'),
  };
  writeFileSync(document, JSON.stringify(own));
  return document;
}
