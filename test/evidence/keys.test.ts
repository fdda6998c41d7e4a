import { generateKeyPairSync } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';

let project: Project;
let keysDir: string;

beforeEach(async () => {
  project = await createProject();
  keysDir = project.env['MLSPEC_KEYS_DIR']!;
});
afterEach(() => project.remove());

const keys = async (...args: string[]): Promise<Ended> => await project.mlspec(['keys', ...args]);
const json = async (...args: string[]) => JSON.parse((await keys(...args, '--json')).stdout);

describe('mlspec keys', () => {
  it('makes keys of every kind, closed to others, and lists them', async () => {
    for (const kind of ['p256', 'p384', 'p521', 'ed25519']) {
      expect(await json('new', `k-${kind}`, '--algorithm', kind, '--role', 'runner,approver')).toMatchObject({
        name: `k-${kind}`,
        roles: ['runner', 'approver'],
        algorithm: expect.stringContaining(kind),
      });
      expect((await stat(join(keysDir, `k-${kind}.pem`))).mode & 0o777).toBe(0o600);
    }
    const { keys: listed } = await json('list');
    expect(listed.map(({ name, isOwn }: { name: string; isOwn: boolean }) => [name, isOwn])).toEqual([
      ['k-p256', true],
      ['k-p384', true],
      ['k-p521', true],
      ['k-ed25519', true],
    ]);
    expect((await keys('list')).stdout).toContain('k-p521');
    expect((await keys('list')).stdout).not.toContain('PRIVATE');
    expect((await keys('show', 'k-ed25519')).stderr).toMatch(/as a log mlspec\.local\/prj_\w+\+[0-9a-f]{8}\+/);
    expect(await keys('new', 'k-p256')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PROVENANCE_KEY_EXISTS'),
    });
    expect(await keys('new', '../x')).toMatchObject({ stderr: expect.stringContaining('PROVENANCE_KEY_NAME') });
    expect(await keys('new', 'x', '--role', 'boss')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('boss'),
    });
    expect((await keys('show', 'nobody')).stderr).toContain('known: k-p256, k-p384');
  });

  it('keeps a key under a passphrase', async () => {
    const env = { MLSPEC_KEY_PASSPHRASE: 'correct horse' };
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    await project.mlspec(['keys', 'new', 'default', '--role', 'owner,runner'], env);
    expect(await readFile(join(keysDir, 'default.pem'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
    const locked = await project.run();
    expect(locked.code).toBe(1);
    expect(locked.stderr + locked.stdout).toContain('PROVENANCE_KEY_LOCKED');
    expect((await project.run([], { MLSPEC_KEY_PASSPHRASE: 'wrong' })).stdout).toContain('PROVENANCE_KEY_LOCKED');
    expect((await project.run([], env)).states).toEqual({ a: 'complete' });
  });

  it('trusts a public key with roles, and asks for as many as there are at most', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = join(project.root, 'reviewer.pem');
    await writeFile(file, pair.publicKey.export({ type: 'spki', format: 'pem' }));
    expect(await json('trust', 'reviewer', '--file', file, '--role', 'approver')).toMatchObject({
      roles: ['approver'],
    });
    expect(await json('trust', 'reviewer', '--file', file, '--role', 'owner')).toMatchObject({
      roles: ['owner', 'approver'],
    });
    expect((await json('list')).keys).toMatchObject([{ name: 'reviewer', isOwn: false }]);
    expect((await keys('trust', '--threshold', 'owner=2')).stderr).toContain('expected at least 2 trusted keys');
    expect((await keys('trust', '--threshold', 'owner=1')).code).toBe(0);
    for (const role of ['runner', 'validator', 'log']) {
      const refused = await keys('trust', '--threshold', `${role}=2`);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`found ${role}=2: one`) });
      expect((await keys('trust', '--threshold', `${role}=1`)).stderr).not.toContain('CLI_USAGE');
    }
    await writeFile(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect((await keys('trust', 'other', '--file', file, '--role', 'owner')).stderr).toContain(
      'PROVENANCE_PUBLIC_KEY_BAD',
    );
  });

  it('rotates a key: the old one stays good, its secret half is gone', async () => {
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    await project.run();
    const before = await readFile(join(keysDir, 'default.pem'), 'utf8');
    expect((await keys('rotate', 'default')).code).toBe(0);
    expect(await readFile(join(keysDir, 'default.pem'), 'utf8')).not.toBe(before);
    expect((await readdir(keysDir)).filter((name) => name.startsWith('next'))).toEqual([]);
    await project.run();
    expect(await project.mlspec(['log', 'verify'])).toMatchObject({ code: 0, stdout: expect.stringContaining('good') });
    expect((await keys('list')).stdout).toMatch(/default .* rotated/);
  });

  it('revokes a key: what it signed counts no longer, or only what was logged by then', {
    timeout: 300_000,
  }, async () => {
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    await project.run();
    expect((await keys('revoke', 'default')).stderr).toContain('cannot be undone');
    expect((await keys('revoke', 'default', '--yes', '--keep-logged')).code).toBe(0);
    expect((await project.mlspec(['log', 'verify'])).code).toBe(0);
    // Its file is still there, and goes on signing: nobody takes that for good.
    await project.run();
    const after = await project.mlspec(['log', 'verify']);
    expect(after).toMatchObject({ code: 6, stdout: expect.stringContaining('no trusted key with the role runner') });
    expect(await keys('revoke', 'default', '--yes')).toMatchObject({
      stderr: expect.stringContaining('PROVENANCE_KEY_ENDED'),
    });
  });
});

describe('the signing key', () => {
  it('is made by the first run, which says what it is worth', async () => {
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    const first = await project.mlspec(['run', '--until', 'steps']);
    expect(first.stderr + first.stdout).toContain('made a signing key for you');
    const second = await project.mlspec(['run', '--until', 'steps']);
    expect(second.stderr + second.stdout).not.toContain('signing key');
  });

  it('is made once by two first runs at the same time', async () => {
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    const both = await Promise.all([project.run(), project.run()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect((await json('list')).keys.map(({ name }: { name: string }) => name).sort()).toEqual(['default', 'log']);
    expect((await project.mlspec(['log', 'verify'])).code).toBe(0);
  });

  it('is refused where others could read it, or where it lies in the project', async () => {
    await project.declare(shellStep('a', 'echo 1 > {outputs.out}'));
    await project.run();
    await chmod(join(keysDir, 'default.pem'), 0o644);
    expect((await project.run()).stdout).toContain('PROVENANCE_KEY_EXPOSED');
    const inside = { MLSPEC_KEYS_DIR: join(project.root, 'keys') };
    const refused = await project.run([], inside);
    expect(refused.stdout).toContain('PROVENANCE_KEY_PLACE');
    expect(refused.stdout).toContain('Set MLSPEC_KEYS_DIR to the absolute path of a folder outside');
  });

  it('is out of reach of a step: environment, arguments, folder, open files', async () => {
    const pem = String(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
    const spy = [
      'tr "\\0" "\\n" < /proc/self/environ',
      'for f in /proc/self/fd/* /proc/$PPID/fd/*; do readlink $f || true; done',
      'tr "\\0" " " < /proc/self/cmdline',
      'ls -laR . ..  2>/dev/null | head -500',
      'for f in /proc/self/fd/*; do case $(readlink $f) in /*) head -c 4096 $f 2>/dev/null || true;; esac; done',
    ];
    await project.declare(shellStep('spy', `{ ${spy.join('; ')}; } > {outputs.out} 2>&1`));
    const ended = await project.run([], { MLSPEC_SIGNING_KEY: pem, MLSPEC_KEY_PASSPHRASE: 'correct horse' });
    expect(ended.states).toEqual({ spy: 'complete' });
    const { stdout } = await project.mlspec(['show', 'latest', 'spy', '--output', 'out']);
    expect(stdout).toContain('PATH=');
    for (const secret of ['PRIVATE KEY', 'correct horse', 'MLSPEC_SIGNING_KEY', keysDir, pem.split('\n')[1]!]) {
      expect(stdout).not.toContain(secret);
    }
    // And it was that key that signed.
    expect((await project.mlspec(['log', 'verify'])).code).toBe(6);
  });
});
