/*
 * A witness in a process of its own, with keys of its own, and a log whose owner tells it two stories: the second one gets
 * no signature. And a monitor, which sees the same from a folder alone.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type Project, shellStep } from '../engine/project.ts';
import { handKey, startWitness, type WitnessProcess } from './witness-process.ts';

let project: Project;
let folder: string;
let witness: WitnessProcess;

async function runOf(word: string): Promise<void> {
  await project.declare(shellStep('a', `echo ${word} > {outputs.out}`));
  expect((await project.run()).code).toBe(0);
}

/** Hands a public key of one side to the other. */
async function introduce(name: string, role: string, from: NodeJS.ProcessEnv, to: NodeJS.ProcessEnv): Promise<void> {
  await handKey(project, { name, role }, { from, to });
}

interface Asked {
  readonly code: number | null;
  readonly refused: string | null;
}

async function cosign(): Promise<Asked> {
  const { code, stdout } = await project.mlspec(['log', 'cosign', witness.url, '--json']);
  const { witnesses } = JSON.parse(stdout) as { witnesses: { refused: string | null }[] };
  return { code, refused: witnesses[0]!.refused };
}

async function look(): Promise<{ code: number | null; alerts: string[] }> {
  const { code, stdout } = await project.mlspec(['log', 'monitor', '--once', '--json']);
  const { alerts } = JSON.parse(stdout) as { alerts: { what: string }[] };
  return { code, alerts: alerts.map(({ what }) => what) };
}

async function caveats(): Promise<string> {
  const { stdout } = await project.mlspec(['verify', 'latest', '--json']);
  return (JSON.parse(stdout) as { caveats: string[] }).caveats.join('\n');
}

beforeAll(async () => {
  project = await createProject();
  folder = join(project.root, '..');
  await runOf('first');
  witness = await startWitness(project);
});
afterAll(async () => {
  if (witness.isRunning()) await witness.end();
  await project.remove();
});

describe('a witness', () => {
  it('does not sign for a log that it does not know', async () => {
    expect(await cosign()).toEqual({ code: 6, refused: expect.stringContaining('404') });
    await project.mlspec(['keys', 'new', 'other', '--algorithm', 'ed25519', '--role', 'log']);
    await introduce('other', 'log', project.env, witness.env);
    expect(await cosign()).toEqual({ code: 6, refused: expect.stringContaining('403') });
  });

  it('signs for one that it knows, and the user who trusts it is told so', async () => {
    await introduce('log', 'log', project.env, witness.env);
    expect(await caveats()).toContain('no witness saw the log');
    expect(await cosign()).toEqual({ code: 0, refused: null });
    expect(await readFile(join(project.root, '.mlspec/log/checkpoint'), 'utf8')).toContain(`— ${witness.name} `);
    expect(await caveats()).toContain('no witness saw the log');
    await introduce('witness', 'witness', witness.env, project.env);
    expect(await caveats()).not.toContain('no witness saw the log');
  });

  it('signs what goes on from there, after every run where it is named, also of an exported one', async () => {
    await project.declare(shellStep('a', 'echo second > {outputs.out}'));
    const ended = await project.run([], { MLSPEC_WITNESSES: witness.url });
    expect(ended.code).toBe(0);
    expect(await caveats()).not.toContain('no witness saw the log');
    expect((await project.mlspec(['export', 'latest', join(folder, 'exported')])).code).toBe(0);
    const { code, stdout } = await project.mlspec(['verify', join(folder, 'exported'), '--json']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('no witness saw the log');
  });

  it('that does not answer is told, and the run stands', async () => {
    await project.declare(shellStep('a', 'echo third > {outputs.out}'));
    const ended = await project.run([], { MLSPEC_WITNESSES: 'http://127.0.0.1:9' });
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).toContain('the witness http://127.0.0.1:9 did not sign the log');
    const wrong = await project.mlspec(['log', 'cosign', 'not an address']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('CONFIG_BAD_VALUE')]);
    const away = await project.mlspec(['log', 'cosign', 'http://127.0.0.1:9']);
    expect([away.code, away.stdout]).toEqual([6, expect.stringContaining('it does not answer')]);
    expect((await project.mlspec(['run'], { MLSPEC_WITNESSES: 'ftp://x' })).code).toBe(2);
  });

  it('remembers over its end, and signs no second story', async () => {
    const state = join(project.root, '.mlspec');
    await cp(state, join(folder, 'before'), { recursive: true });
    await runOf('fourth');
    expect(await cosign()).toEqual({ code: 0, refused: null });
    expect(await look()).toEqual({ code: 0, alerts: [] });
    await witness.end();
    witness = await startWitness(project);

    await cp(state, join(folder, 'honest'), { recursive: true });
    await rm(state, { recursive: true });
    await cp(join(folder, 'before'), state, { recursive: true });
    await project.mlspec(['log', 'verify', '--repair']);
    expect(await cosign()).toEqual({ code: 6, refused: expect.stringContaining('entries were lost') });
    expect(await look()).toEqual({ code: 6, alerts: ['shrunk'] });
    for (const word of ['another', 'story', 'grows longer']) await runOf(word);
    expect(await cosign()).toEqual({ code: 6, refused: expect.stringContaining('422') });
    expect(await look()).toEqual({ code: 6, alerts: ['forked'] });

    await rm(state, { recursive: true });
    await cp(join(folder, 'honest'), state, { recursive: true });
    expect(await cosign()).toEqual({ code: 0, refused: null });
    expect(await look()).toEqual({ code: 0, alerts: [] });
  });

  it('answers what is no request', async () => {
    const post = async (body: string): Promise<number> =>
      (await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body })).status;
    for (const body of ['', 'old x\n\n', 'old 1\n!!\n\nx', 'old 0\n\nno note', 'old -1\n\n', '\0'.repeat(1000)])
      expect(await post(body), JSON.stringify(body)).toBe(400);
    expect(await post('x'.repeat(1 << 18))).toBe(413);
    expect((await fetch(`${witness.url}/other`)).status).toBe(404);
  });
});

describe('a monitor', () => {
  it('tells of a key that signed and is not trusted', async () => {
    await runOf('fifth');
    const keys = join(folder, 'keys', 'trust.json');
    const trust = JSON.parse(await readFile(keys, 'utf8')) as { keys: { name: string }[] };
    const without = { ...trust, keys: trust.keys.filter(({ name }) => name !== 'default') };
    await writeFile(keys, JSON.stringify(without));
    const found = await look();
    expect(found.code).toBe(6);
    expect(new Set(found.alerts)).toEqual(new Set(['signer']));
    await writeFile(keys, JSON.stringify(trust));
    expect(await look()).toEqual({ code: 0, alerts: [] });
  });

  it('tells of files that were changed', async () => {
    await runOf('sixth');
    const path = join(project.root, '.mlspec/log/checkpoint');
    const note = await readFile(path, 'utf8');
    await writeFile(path, note.replace(/\n\d+\n/, '\n3\n'));
    expect((await look()).alerts).toEqual(['checkpoint']);
    await writeFile(path, note);
    expect(await look()).toEqual({ code: 0, alerts: [] });
  });
});
