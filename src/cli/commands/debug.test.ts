import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';
import { testPython } from '../../../tools/python-env.ts';

const spec = `mlspec: 1
name: looked-at
task: {kind: custom}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
  make:
    command: [sh, -c, 'echo "[41]" > "$MLSPEC_OUTPUT_NUMBERS"']
    outputs: {numbers: Report}
  look:
    python: look.py:look
    inputs: {numbers: make.numbers}
    outputs: {answer: Report}
    params: {more: 1}
  stand: {typescript: stand.ts#stand}
`;
const python = `from mlspec import InputArtifact, OutputArtifact, Parameter, Report


def look(numbers: InputArtifact[Report], answer: OutputArtifact[Report], more: Parameter[int] = 0):
    """Adds."""
    total = numbers.read()[0] + more
    answer.write(total)
`;

describe('mlspec debug', { timeout: 180_000 }, () => {
  let folder = '';
  let keys = '';
  let env: NodeJS.ProcessEnv = {};
  const mlspec = (args: readonly string[], input = '') =>
    spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', input });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlspec-debug-'));
    keys = mkdtempSync(join(tmpdir(), 'mlspec-debug-keys-'));
    env = { ...process.env, MLSPEC_PYTHON: testPython(), MLSPEC_KEYS_DIR: keys, NO_COLOR: '1' };
    writeFileSync(join(folder, 'rows.csv'), 'a\n1\n');
    writeFileSync(join(folder, 'mlspec.yaml'), spec);
    writeFileSync(join(folder, 'look.py'), python);
    writeFileSync(join(folder, 'stand.ts'), 'export function stand(): void { console.log("stood"); }\n');
  });
  afterAll(() => {
    for (const place of [folder, keys]) rmSync(place, { recursive: true, force: true });
  });

  it('says what must be run before', () => {
    const refused = mlspec(['debug', 'look']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('DEBUG_INPUT_NOT_RECORDED');
    expect(refused.stderr).toContain('mlspec run --until make');
  });

  it('stops Python at the first statement of the step, with its real inputs, and records nothing', () => {
    expect(mlspec(['run', '--only', 'make']).status).toBe(0);
    const runs = mlspec(['ls', 'runs']).stdout;
    const session = mlspec(['debug', 'look'], 'p ("numbers", numbers.read(), more)\nnext\np total\ncontinue\nquit\n');
    expect(session.stdout).toContain('-> total = numbers.read()[0] + more');
    expect(session.stdout).toContain("('numbers', [41], 1)");
    expect(session.stdout).toContain('(Pdb) 42');
    expect(mlspec(['ls', 'runs']).stdout).toBe(runs);
    expect(readdirSync(join(folder, '.mlspec', 'debug'))).toEqual([]);
  });

  it.each([
    ['q', 'q\n'],
    ['the end of its input', ''],
  ])('takes %s for leaving, not for a failed step', (_, input) => {
    expect(mlspec(['run', '--only', 'make']).status).toBe(0);
    const session = mlspec(['debug', 'look'], input);
    expect(`${session.stdout}${session.stderr}`).not.toContain('Traceback');
    expect(`${session.stdout}${session.stderr}`).not.toContain('BdbQuit');
    expect(session.status).toBe(0);
  });

  it('lets TypeScript wait for an inspector', async () => {
    const child = spawn(program, ['debug', 'stand'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(child, 'exit');
    const address = await new Promise<string>((resolve) => {
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const found = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(text);
        if (found !== null) resolve(found[0]);
      });
    });
    const methods = await inspect(address);
    expect(methods).toContain('Debugger.paused');
    expect((await ended)[0]).toBe(0);
  });

  it('refuses commands, and names that stand for nothing', () => {
    expect(mlspec(['debug', 'make']).stderr).toContain('DEBUG_NOT_POSSIBLE');
    expect(mlspec(['debug', 'nothing']).stderr).toContain('PIPELINE_UNKNOWN_STEP');
  });
});

/** Connects to a waiting Node, lets it run on, and answers what it told. */
async function inspect(address: string): Promise<string[]> {
  const socket = new WebSocket(address);
  const methods: string[] = [];
  await once(socket, 'open');
  let id = 0;
  const send = (method: string): void => socket.send(JSON.stringify({ id: ++id, method }));
  const finished = new Promise<void>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const { method } = JSON.parse(String(data)) as { method?: string };
      if (method !== undefined) methods.push(method);
      if (method === 'Debugger.paused') send('Debugger.resume');
      if (method === 'Runtime.executionContextDestroyed') resolve();
    });
    socket.addEventListener('close', () => resolve());
  });
  for (const method of ['Runtime.enable', 'Debugger.enable', 'Runtime.runIfWaitingForDebugger']) send(method);
  await finished;
  socket.close();
  return methods;
}
