import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../../test/is-running.ts';
import type { Invocation, StepEvent } from '../invocation.ts';
import { maximumLogBytes } from './capture.ts';
import { createStepFixture } from './fixtures/step-fixture.ts';

const fixture = createStepFixture({ PATH: process.env['PATH']!, HOME: process.env['HOME'] ?? '/' });
afterAll(() => fixture.remove());

const shell = (script: string, members: Partial<Invocation> = {}): Invocation =>
  fixture.invocation({ kind: 'command', argv: ['sh', '-c', script] }, members);
const idsIn = (file: string): number[] => readFileSync(file, 'utf8').trim().split('\n').map(Number);

describe('commands', () => {
  it('get ports and parameters as placeholders and variables, without a shell', async () => {
    const given = fixture.write('given.txt', 'hello');
    const hostile = `$(touch ${join(fixture.root, 'owned')}); 'x" y`;
    const invocation = fixture.invocation(
      {
        kind: 'command',
        argv: [
          'node',
          '-e',
          'require("fs").writeFileSync(process.argv[1], JSON.stringify([process.argv.slice(2), process.env.MLSPEC_PARAM_TEXT, process.env.MLSPEC_INPUT_ROWS, process.env.MLSPEC_OUTPUT_OUT, process.env.MLSPEC_SEED]))',
          '{outputs.out}',
          '{inputs.rows}',
          '--text={params.text}',
          '{params.deep.list}',
        ],
      },
      {
        inputs: {
          rows: [
            { path: given, type: 'Any', digest: 'sha256:0' as never, properties: {}, from: { step: 's', port: 'p' } },
          ],
        },
        outputs: { out: { path: '', type: 'Report', optional: false } },
        params: { text: hostile, deep: { list: [1, 2] } },
      },
    );
    const outcome = await fixture.execute(invocation);
    expect(outcome.result).toMatchObject({ status: 'complete' });
    const { path } = invocation.outputs['out']!;
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([
      [given, `--text=${hostile}`, '[1,2]'],
      hostile,
      given,
      path,
      '7',
    ]);
    expect(existsSync(join(fixture.root, 'owned'))).toBe(false);
  });

  it('see no variable of the parent but those that are passed on', async () => {
    const outcome = await fixture.execute(shell('env'));
    const names = readFileSync(outcome.logs.stdout, 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]!);
    const foreign = names.filter(
      (name) => !/^(PATH|HOME|PWD|OLDPWD|SHLVL|_|TMPDIR|PYTHONPATH|MLSPEC_\w+)?$/.test(name),
    );
    expect(foreign).toEqual([]);
  });

  it('name a placeholder that is nothing', async () => {
    const invocation = fixture.invocation({ kind: 'command', argv: ['cat', '{inputs.nope}'] });
    await expect(fixture.execute(invocation)).rejects.toMatchObject({ code: 'PIPELINE_BAD_PLACEHOLDER' });
  });

  it('that are not installed are named', async () => {
    const invocation = fixture.invocation({ kind: 'command', argv: ['no-such-program-anywhere'] });
    await expect(fixture.execute(invocation)).rejects.toMatchObject({
      code: 'PIPELINE_CANNOT_START',
      message: expect.stringContaining('no-such-program-anywhere'),
    });
  });

  it('fail by their exit code; 75 may be tried again', async () => {
    const told = await fixture.execute(shell('echo first >&2; echo the reason >&2; exit 3'));
    expect(told.result.error!.message).toBe('the command ended with exit code 3: the reason');
    const failed = await fixture.execute(shell('exit 3'));
    expect(failed.result).toMatchObject({
      status: 'failed',
      error: { code: 'PIPELINE_STEP_FAILED', retryable: false },
    });
    const later = await fixture.execute(shell('exit 75'));
    expect(later.result.error).toMatchObject({ code: 'PIPELINE_STEP_FAILED', retryable: true });
    const killed = await fixture.execute(shell('kill -9 $$'));
    expect(killed.result.error).toMatchObject({ code: 'PIPELINE_STEP_KILLED', retryable: true });
  });
});

describe('process groups', () => {
  const stubborn = `trap '' TERM; (trap '' TERM; sh -c "trap '' TERM; echo \\$\\$ >> ids; while :; do sleep 1; done") & echo $$ >> ids; while :; do sleep 1; done`;

  it('of a step whose grandchildren ignore SIGTERM are gone after a timeout', async () => {
    const invocation = shell(`cd ${fixture.root}; rm -f ids; ${stubborn}`, { timeoutMs: 2000 });
    const outcome = await fixture.execute(invocation);
    expect(outcome.result.error).toMatchObject({ code: 'PIPELINE_TIMEOUT', retryable: true });
    const ids = idsIn(join(fixture.root, 'ids'));
    expect(ids.length).toBe(2);
    expect(ids.filter(isRunning)).toEqual([]);
  });

  it('are gone after cancellation, which rejects with CANCELED', async () => {
    const abort = new AbortController();
    const running = fixture.execute(shell(`cd ${fixture.root}; rm -f ids; ${stubborn}`), { signal: abort.signal });
    setTimeout(() => abort.abort(), 2000);
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
    expect(idsIn(join(fixture.root, 'ids')).filter(isRunning)).toEqual([]);
  });

  it('a step canceled before it starts is not left running', async () => {
    const running = fixture.execute(shell('sleep 60'), { signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
  });

  it('what a finished step left in the background is ended, and holds nothing up', async () => {
    const startedAtMs = performance.now();
    const outcome = await fixture.execute(shell(`cd ${fixture.root}; rm -f ids; sleep 60 & echo $! > ids`));
    expect(outcome.result.status).toBe('complete');
    expect(performance.now() - startedAtMs).toBeLessThan(30_000);
    expect(idsIn(join(fixture.root, 'ids')).filter(isRunning)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('a process that left the group is ended too', async () => {
    const script = `cd ${fixture.root}; rm -f ids; setsid sh -c 'echo $$ > ids; exec sleep 60' & while [ ! -s ids ]; do sleep 0.05; done`;
    const outcome = await fixture.execute(shell(script));
    expect(outcome.result.status).toBe('complete');
    await wait(20);
    expect(idsIn(join(fixture.root, 'ids')).filter(isRunning)).toEqual([]);
  });
});

describe('limits', () => {
  it('of memory end a step that takes more', async () => {
    const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 20)';
    const invocation = fixture.invocation(
      { kind: 'command', argv: ['node', '-e', grow] },
      { limits: { memoryBytes: 250e6 } },
    );
    const outcome = await fixture.execute(invocation);
    expect(outcome.result.error).toMatchObject({ code: 'PIPELINE_MEMORY_LIMIT' });
    expect(outcome.result.error!.message).toMatch(/more than its limit of 250000000/);
  });

  it('of processor time end a step that counts for ever', async () => {
    const outcome = await fixture.execute(shell('while :; do :; done', { limits: { cpuSeconds: 0.5 } }));
    expect(outcome.result.error).toMatchObject({ code: 'PIPELINE_CPU_LIMIT' });
  });

  it.runIf(process.platform === 'linux')(
    'of memory count what processes share once',
    async () => {
      fixture.write(
        'shared.py',
        'import os, time\nkept = bytearray(os.urandom(1) * 120_000_000)\nfor _ in range(3):\n    if os.fork() == 0:\n        time.sleep(1.2)\n        os._exit(0)\ntime.sleep(1.5)\n',
      );
      const invocation = fixture.invocation(
        { kind: 'command', argv: ['python3', join(fixture.root, 'shared.py')] },
        { limits: { memoryBytes: 250e6 } },
      );
      expect((await fixture.execute(invocation)).result.status).toBe('complete');
    },
    20_000,
  );
});

describe('output', () => {
  it('of 1 GB is kept up to a bound and holds nobody up', async () => {
    const before = process.memoryUsage().rss;
    const outcome = await fixture.execute(shell("head -c 1000000000 /dev/zero | tr '\\0' x"), {
      secrets: { TOKEN: 'x-marks-the-spot' },
    });
    expect(outcome.result.status).toBe('complete');
    const size = statSync(outcome.logs.stdout).size;
    expect(size).toBeLessThan(maximumLogBytes + 200);
    expect(size).toBeGreaterThan(maximumLogBytes / 2);
    expect(readFileSync(outcome.logs.stdout, 'utf8').slice(-60)).toMatch(/\[\d{9} further bytes were not kept\]/);
    const live = outcome.events
      .filter((event) => event.type === 'output')
      .reduce((sum, event) => sum + event.text.length, 0);
    expect(live).toBeLessThan(2e6);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });

  it('holds no secret, also where it comes in two writes, encoded, in JSON, in events or in the result', async () => {
    const secret = 'tok"en-ünï-1234567890';
    const script = `
      const s = process.env.TOKEN, fs = require('fs');
      process.stdout.write('a ' + s.slice(0, 7));
      setTimeout(() => {
        process.stdout.write(s.slice(7) + ' b\\n' + Buffer.from(s).toString('base64') + '\\n' + JSON.stringify({ s }) + '\\n');
        process.stderr.write(encodeURIComponent(s));
        fs.appendFileSync(process.env.MLSPEC_EVENTS, JSON.stringify({ type: 'log', level: 'info', message: 'is ' + s, fields: { [s]: [s] }, atMs: 1 }) + '\\n');
        fs.writeFileSync(process.env.MLSPEC_RESULT, JSON.stringify({ status: 'failed', values: { v: s }, error: { code: 'X', message: 'no ' + s, traceback: s } }));
        process.exitCode = 1;
      }, 300)`;
    const invocation = fixture.invocation(
      { kind: 'command', argv: ['node', '-e', script] },
      { secretNames: ['TOKEN'] },
    );
    const outcome = await fixture.execute(invocation, { secrets: { TOKEN: secret } });
    const all = JSON.stringify([
      outcome,
      readFileSync(outcome.logs.stdout, 'utf8'),
      readFileSync(outcome.logs.stderr, 'utf8'),
    ]);
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      encodeURIComponent(secret),
      '1234567890',
    ])
      expect(all).not.toContain(form);
    expect(outcome.result.error!.message).toBe('no [secret]');
    expect(readFileSync(outcome.logs.stdout, 'utf8')).toMatch(/^a \[secret\] b\n\[secret\]/);
  });

  it('shows live what a step prints', async () => {
    const seen = join(fixture.root, 'seen');
    const invocation = shell(`echo first; until [ -e ${seen} ]; do sleep 0.05; done; echo second`);
    // The step goes on once the test has seen what it printed before.
    const onEvent = (event: StepEvent): void => {
      if (event.type === 'output' && event.text === 'first\n') fixture.write('seen', '');
    };
    const outcome = await fixture.execute(invocation, { onEvent });
    const texts = outcome.events.filter((event) => event.type === 'output');
    expect(texts.map((event) => event.text)).toEqual(['first\n', 'second\n']);
  });
});

describe('result documents', () => {
  it('that are broken or absent are named', async () => {
    const python = (text: string): Invocation => {
      fixture.write('bad.py', text);
      return fixture.invocation({ kind: 'python', module: 'bad.py', function: 'f' });
    };
    const absent = await fixture.execute(python('import os\ndef f(): os._exit(0)\n'));
    expect(absent.result.error).toMatchObject({ code: 'PIPELINE_BAD_RESULT' });
    const crashed = await fixture.execute(python('import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSEGV)\n'));
    expect(crashed.result.error).toMatchObject({ code: 'PIPELINE_STEP_KILLED' });
    expect(readFileSync(crashed.logs.stderr, 'utf8')).toContain('bad.py');
    const broken = await fixture.execute(shell('echo "{" > "$MLSPEC_RESULT"; exit 4'));
    expect(broken.result.error).toMatchObject({ code: 'PIPELINE_STEP_FAILED' });
  });
});
