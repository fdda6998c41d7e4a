/* `npm run demo` where there is no Python; where there is one, it is what test/examples-run.test.ts carries out. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../tools/problem.ts';
import { pathWithoutPython } from './path-without-python.ts';

test('says that there is no Python, and carries out the example that needs none, up to an answered request', {
  timeout: 300_000,
}, () => {
  const home = mkdtempSync(join(tmpdir(), 'demo-'));
  const path = pathWithoutPython();
  const env = { PATH: path, HOME: home, MLSPEC_STATE_DIR: join(home, 'state'), NO_COLOR: '1' };
  const demo = spawnSync(process.execPath, [join(repositoryRoot, 'tools', 'demo.ts')], { env, encoding: 'utf8' });
  const told = demo.stdout + demo.stderr;
  expect(demo.status, told.slice(-3000)).toBe(0);
  expect(told).toMatch(
    /no Python 3\.11 or newer with venv was found, so the demo is examples\/penguins: TypeScript alone/,
  );
  expect(told).toMatch(/COMPLETE penguins/);
  expect(told).toMatch(/verified: run_\w+: \d+ rules hold/);
  expect(told).toMatch(/answered .*: equal within /);
  for (const folder of [home, path]) rmSync(folder, { recursive: true });
});
