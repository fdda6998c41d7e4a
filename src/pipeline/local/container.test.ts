import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../encoding/index.ts';
import type { Invocation } from '../invocation.ts';
import { createStepFixture } from './fixtures/step-fixture.ts';

const fixture = createStepFixture({ PATH: process.env['PATH']!, HOME: process.env['HOME'] ?? '/' });
afterAll(() => fixture.remove());

/** A folder with the programs that scripts need, and with a given `docker` and `podman`. */
function toolFolder(name: string, tools: Readonly<Record<string, string>>): string {
  const folder = join(fixture.root, name);
  mkdirSync(folder);
  for (const tool of ['sh', 'cat', 'sleep', 'env', 'touch', 'rm', 'dirname', 'mkdir'])
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(folder, tool));
  for (const [tool, script] of Object.entries(tools)) chmodSync(fixture.write(join(name, tool), script), 0o755);
  return folder;
}

/** Stands for a container engine: notes what it is asked, and runs the command that comes after the image. */
const engine = (log: string): string => `#!/bin/sh
for argument in "$@"; do echo "$argument" >> ${log}; done; echo -- >> ${log}
case "$1" in
  version) echo 1.0;;
  rm) exit 0;;
  run) while [ "$1" != the-image ]; do shift; done; shift; exec "$@";;
esac
`;

const container = (argv: readonly string[], members: Partial<Invocation> = {}): Invocation =>
  fixture.invocation({ kind: 'container', image: 'the-image', argv }, members);

describe('container steps', () => {
  it('say what is missing where no engine runs', async () => {
    const none = toolFolder('none', {});
    await expect(fixture.execute(container(['true']), { env: { PATH: none } })).rejects.toMatchObject({
      code: 'CONTAINER_NO_ENGINE',
      message: expect.stringContaining('docker: not installed; podman: not installed'),
    });
    const dead = toolFolder('dead', { docker: '#!/bin/sh\necho "Cannot connect to the daemon" >&2; exit 1\n' });
    await expect(fixture.execute(container(['true']), { env: { PATH: dead } })).rejects.toMatchObject({
      code: 'CONTAINER_NO_ENGINE',
      message: expect.stringContaining('docker: Cannot connect to the daemon'),
    });
  });

  it('get their ports mounted, secrets by name alone, and are removed', async () => {
    const log = join(fixture.root, 'engine.log');
    const tools = toolFolder('tools', { podman: engine(log) });
    const given = fixture.write('given, with comma.json', '{"x": 1}');
    fixture.write('scripts/helper.sh', '');
    const invocation = container(
      ['sh', '-c', 'cat "$1" > "$2"; echo "$TOKEN"', 'sh', '{inputs.rows}', '{outputs.out}'],
      {
        inputs: {
          rows: [{ path: given, type: 'Report', digest: digestOf(''), properties: {}, from: { step: 's', port: 'p' } }],
        },
        outputs: { out: { path: '', type: 'Report', optional: false } },
        files: { 'scripts/helper.sh': digestOf('') },
        limits: { memoryBytes: 1e9, cpuSeconds: 1.5 },
      },
    );
    const secrets = { TOKEN: 'a-secret-value' };
    const outcome = await fixture.execute(invocation, { env: { PATH: tools }, secrets });
    expect(outcome.result.status).toBe('complete');
    expect(readFileSync(invocation.outputs['out']!.path, 'utf8')).toBe('{"x": 1}');
    expect(readFileSync(outcome.logs.stdout, 'utf8')).toBe('[secret]\n');
    const calls = readFileSync(log, 'utf8')
      .split('--\n')
      .map((call) => call.trim().split('\n'));
    expect(calls.map((call) => call[0])).toEqual(['version', 'run', 'rm', '']);
    const run = calls[1]!;
    expect(run.join(' ')).not.toContain('a-secret-value');
    expect(run).toContain('TOKEN');
    expect(run).toContain(`type=bind,"source=${given}","target=${given}",readonly`);
    expect(run).toContain(
      `type=bind,source=${fixture.root}/scripts/helper.sh,target=${fixture.root}/scripts/helper.sh,readonly`,
    );
    expect(run.slice(run.indexOf('--memory'), run.indexOf('--memory') + 2)).toEqual(['--memory', '1000000000']);
    expect(run).toContain('cpu=2');
    expect(calls[2]).toEqual(['rm', '--force', `mlspec-${invocation.executionId}`]);
  });

  it('are removed too after a timeout', async () => {
    const log = join(fixture.root, 'late.log');
    const tools = toolFolder('late', { podman: engine(log) });
    const outcome = await fixture.execute(container(['sleep', '60'], { timeoutMs: 300 }), { env: { PATH: tools } });
    expect(outcome.result.error).toMatchObject({ code: 'PIPELINE_TIMEOUT' });
    expect(readFileSync(log, 'utf8')).toMatch(/rm\n--force\nmlspec-exe_/);
    expect(existsSync(log)).toBe(true);
  });
});
