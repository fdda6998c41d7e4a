import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkState, createProject, endOf, type Project, processesOfSteps, said, shellStep, until } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => await project.remove());

/** Forks a grandchild that ignores SIGTERM, one in a session of its own, and waits. */
const stubborn = `trap '' TERM; (trap '' TERM; while :; do sleep 0.2; done) & setsid sh -c 'trap "" TERM; sleep 60' & touch ../started; sleep 60; echo 1 > {outputs.out}`;

async function hasStarted(): Promise<boolean> {
  return await readFile(join(project.root, '..', 'started')).then(
    () => true,
    () => false,
  );
}

async function statesInRecord(): Promise<Record<string, string>> {
  return await project.withRecord(async (metadata) => {
    const run = await metadata.getRun('latest');
    const executions = await metadata.executions(run.id);
    return { run: run.state, ...Object.fromEntries(executions.map((one) => [one.step, one.state])) };
  });
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends all children, records CANCELED and answers 130', async (signal) => {
    await project.declare(shellStep('quick', 'echo 1 > {outputs.out}') + shellStep('slow', stubborn, 'needs: [quick]'));
    const engine = project.start(['run', '--json', '--until', 'steps']);
    const ending = endOf(engine);
    await until(hasStarted);
    expect((await processesOfSteps(project)).length).toBeGreaterThan(2);
    engine.kill(signal);
    const ended = await ending;
    expect(ended.code).toBe(130);
    expect(ended.states).toEqual({ quick: 'complete', slow: 'canceled' });
    expect(ended.stdout).toContain('"next":"mlspec run"');
    expect(await processesOfSteps(project)).toEqual([]);
    expect(await statesInRecord()).toEqual({ run: 'CANCELED', quick: 'COMPLETE', slow: 'CANCELED' });
    expect(await checkState(project)).toEqual([]);
  });

  it('while a step waits for its next try', async () => {
    await project.declare(shellStep('flaky', 'exit 75', 'retries: {limit: 5, backoff: 1 h}'));
    const engine = project.start(['run', '--json', '--until', 'steps']);
    const ending = endOf(engine);
    await said(engine, /"state":"waiting","step":"flaky"/);
    engine.kill('SIGINT');
    const ended = await ending;
    expect(ended.code).toBe(130);
    expect(ended.states['flaky']).toBe('canceled');
    expect(await checkState(project)).toEqual([]);
  });
});

describe('limits', () => {
  it('a timeout ends the whole family of a step, and may be tried again', async () => {
    await project.declare(shellStep('slow', stubborn, 'timeout: 1 s\nretries: {limit: 1, backoff: 10 ms}'));
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('PIPELINE_TIMEOUT');
    expect(await project.ran()).toEqual(['slow', 'slow']);
    expect(await processesOfSteps(project)).toEqual([]);
    expect(await checkState(project)).toEqual([]);
  });

  it('what a step leaves running when it ends well is ended too', async () => {
    await project.declare(shellStep('daemon', '(sleep 60) & setsid sleep 60 & echo 1 > {outputs.out}'));
    expect((await project.run()).states).toEqual({ daemon: 'complete' });
    expect(await processesOfSteps(project)).toEqual([]);
  });

  it('memory', async () => {
    const hungry = 'python3 -c "b = bytearray(400_000_000); import time; time.sleep(20)"; echo 1 > {outputs.out}';
    await project.declare(shellStep('hungry', hungry, 'limits: {memory: 100 MiB}'));
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('PIPELINE_MEMORY_LIMIT');
    expect(await processesOfSteps(project)).toEqual([]);
  });

  it('processor time', async () => {
    await project.declare(shellStep('busy', 'while :; do :; done', 'limits: {cpu: 500 ms}'));
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('PIPELINE_CPU_LIMIT');
  });

  it('a step that prints a gigabyte is kept within bounds', async () => {
    await project.declare(shellStep('loud', 'head -c 1000000000 /dev/zero | tr "\\0" x; echo 1 > {outputs.out}'));
    const ended = await project.run();
    expect(ended.states).toEqual({ loud: 'complete' });
    expect(ended.stdout.length).toBeLessThan(20_000_000);
    const sizes = await project.withRecord(async (metadata) => {
      const [execution] = await metadata.executions((await metadata.getRun('latest')).id);
      const events = await metadata.events([execution!.id]);
      return (await metadata.artifacts(events.map((event) => event.artifactId))).map((one) => one.sizeBytes);
    });
    expect(Math.max(...sizes)).toBeLessThan(17 * 1024 * 1024);
  });
});

describe('retries', () => {
  it('try again what may pass, and stop once it passed', async () => {
    const script =
      'n=$(cat ../count 2>/dev/null || echo 0); echo $((n+1)) > ../count; [ $n -ge 2 ] || exit 75; echo 1 > {outputs.out}';
    await project.declare(shellStep('flaky', script, 'retries: {limit: 5, backoff: 10 ms, factor: 1}'));
    const ended = await project.run();
    expect(ended.states).toEqual({ flaky: 'complete' });
    expect(await project.ran()).toHaveLength(3);
    expect(await checkState(project)).toEqual([]);
    const attempts = await project.withRecord(async (metadata) =>
      (await metadata.executions((await metadata.getRun('latest')).id)).map((one) => [one.attempt, one.state]),
    );
    expect(attempts).toEqual([
      [1, 'FAILED'],
      [2, 'FAILED'],
      [3, 'COMPLETE'],
    ]);
  });

  it('wait longer each time, as declared, and say so', async () => {
    await project.declare(shellStep('flaky', 'exit 75', 'retries: {limit: 3, backoff: 40 ms, factor: 3}'));
    const ended = await project.run();
    expect(ended.code).toBe(1);
    const said = ended.events.flatMap((event) =>
      event.type === 'step' && event.state === 'waiting' ? [/next in (\d+) ms/.exec(event.reason ?? '')?.[1]] : [],
    );
    expect(said).toEqual(['40', '120', '360']);
    const starts = await project.withRecord(async (metadata) =>
      (await metadata.executions((await metadata.getRun('latest')).id)).map((one) => [one.startedAtMs, one.endedAtMs!]),
    );
    expect(starts).toHaveLength(4);
    // A wait is at least as long as it was said; how much longer it takes is the machine's affair.
    const waited = starts.slice(1).map(([begun], index) => begun! - starts[index]![1]!);
    for (const [index, least] of [40, 120, 360].entries()) expect(waited[index]).toBeGreaterThanOrEqual(least - 2);
  });

  it('do not try again what fails for good', async () => {
    await project.declare(shellStep('broken', 'exit 3', 'retries: {limit: 5, backoff: 10 ms}'));
    expect((await project.run()).code).toBe(1);
    expect(await project.ran()).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('reach the step and stand nowhere in the state of the project', async () => {
    const secret = 'tok-Zq8vL2mN4xR7-end';
    const script = [
      '[ "$TOKEN" = tok-Zq8vL2mN4xR7-end ]',
      'printf "%s" "tok-Zq8vL2" ; sleep 0.3; echo "mN4xR7-end"',
      'echo "err $TOKEN" >&2',
      'printf "%s" "$TOKEN" | base64',
      'printf \'{"type":"log","level":"info","message":"%s","atMs":1}\\n\' "$TOKEN" >> "$MLSPEC_EVENTS"',
      'printf \'{"type":"param","name":"%s","value":"%s","atMs":1}\\n\' "$TOKEN" "$TOKEN" >> "$MLSPEC_EVENTS"',
      'printf \'{"status":"complete","outputs":{"out":{"properties":{"a":"%s"}}},"values":{"v":"%s"}}\' "$TOKEN" "$TOKEN" > "$MLSPEC_RESULT"',
      'echo 1 > {outputs.out}',
    ].join('; ');
    const hidden = script
      .replace('tok-Zq8vL2mN4xR7-end ]', '$(cat ../expected) ]')
      .replaceAll('tok-Zq8vL2', '$(cut -c-10 ../expected)')
      .replaceAll('mN4xR7-end', '$(cut -c11- ../expected)');
    await project.write('../expected', secret);
    const failing =
      'echo $TOKEN; printf \'{"status":"failed","error":{"code":"X","message":"bad %s","traceback":"%s"}}\' $TOKEN $TOKEN > $MLSPEC_RESULT; exit 1';
    await project.declare(
      shellStep('use', hidden, 'secrets: [TOKEN]') + shellStep('fail', failing, 'secrets: [TOKEN]'),
    );
    const ended = await project.run(['--verbose'], { TOKEN: secret });
    expect(ended.states).toEqual({ use: 'complete', fail: 'failed' });
    const forms = [secret, Buffer.from(secret).toString('base64').slice(0, 24), 'Zq8vL2mN4xR7'];
    for (const form of forms) expect(ended.stdout + ended.stderr).not.toContain(form);
    expect(ended.stdout).toContain('[secret]');
    const state = join(project.root, '.mlspec');
    const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const bytes = await readFile(join(file.parentPath, file.name), 'latin1');
      for (const form of forms) expect(bytes.includes(form), `${file.name} holds a secret`).toBe(false);
    }
  });

  it('that are not set are named; those not declared do not reach a step', async () => {
    await project.declare(shellStep('use', 'echo 1 > {outputs.out}', 'secrets: [TOKEN]'));
    const missing = await project.run();
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('PIPELINE_SECRET_MISSING');
    await project.declare(shellStep('use', '[ -z "$TOKEN" ] && [ -z "$OTHER" ]; echo 1 > {outputs.out}'));
    expect((await project.run([], { TOKEN: 'abcdef', OTHER: 'x' })).states).toEqual({ use: 'complete' });
  });
});
