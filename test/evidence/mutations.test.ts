/*
 * A finished release, changed in one thing at a time: each change is found, in the project and in the exported folder, by the
 * rule whose business it is; the release itself is good. Where the signature of the folder would find everything, the folder
 * is signed anew, so that what is inside has to be found.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../tools/problem.ts';
import { isFull } from '../full.ts';
import { ofRun, ofStep, oneBit, others, ruleThatMisses, signed } from './release-changes.ts';
import { copyRelease, cut, filesBelow, flip, type MadeRelease, makeRelease, type Spoilt } from './spoilt-release.ts';

let release: MadeRelease;
beforeAll(async () => {
  release = await makeRelease();
}, 120_000);
afterAll(async () => await release?.remove());

/** What a change of a copy breaks. */
async function brokenBy(
  change: (at: Spoilt) => Promise<unknown>,
  look: (at: Spoilt) => Promise<string[]> = (at) => at.broken(),
  left: 'project' | 'exported' = 'exported',
): Promise<string[]> {
  const at = await copyRelease(release, left);
  try {
    await change(at);
    return await look(at);
  } finally {
    await at.remove();
  }
}

describe('a release in its project', () => {
  it('is good, as is the run after it, which reused its results', async () => {
    expect(await brokenBy(async () => undefined)).toEqual([]);
    expect(
      await brokenBy(
        async () => undefined,
        (at) => at.broken(release.again),
      ),
    ).toEqual([]);
    // What forging does is good where it says what was said.
    expect(await brokenBy((at) => at.forge({ type: 'layout:v1' }, () => undefined))).toEqual([]);
    const edited = (at: Spoilt) =>
      at.forge({ type: 'layout:v1' }, ({ predicate }) =>
        Object.assign(predicate, { expires: '2096-01-01T00:00:00.000Z' }),
      );
    expect(await brokenBy(edited)).toEqual([]);
  });

  it.each(oneBit)('one bit: %s', async (_, change, rules) => {
    expect(await brokenBy(change)).toEqual(expect.arrayContaining([...rules]));
  });

  it.each(signed)('signed: %s', async (_, change, rules) => {
    expect(await brokenBy(change)).toEqual(expect.arrayContaining([...rules]));
  });

  it.each(others)('%s', async (_, change, rules) => {
    expect(await brokenBy(change)).toEqual(expect.arrayContaining([...rules]));
  });

  it('each statement taken away: missed', { timeout: 120_000 }, async () => {
    const tables = ['statements', 'run_statements'];
    const listed = await brokenBy(
      async () => undefined,
      async (at) =>
        (
          await Promise.all(
            tables.map(async (table) =>
              (
                await at.query(`select digest, body from ${table} where ${ofRun(at)}`)
              ).map((row) => `${table} ${row['digest']} ${row['body']}`),
            ),
          )
        ).flat(),
    );
    expect(listed.length).toBeGreaterThan(15);
    for (const line of listed) {
      const [table, digest, ...body] = line.split(' ');
      const broken = await brokenBy((at) => at.sql(`delete from ${table} where digest = '${digest}'`));
      expect(broken, line).toContain(ruleThatMisses(body.join(' ')));
    }
  });

  it('the statement of a reused result taken away: missed', async () => {
    const change = (at: Spoilt) => at.sql(`delete from statements where ${ofStep(at, 'training')}`);
    expect(await brokenBy(change, (at) => at.broken(release.again))).toContain('reuse/original');
  });

  it('the hold-back part used again, ledger and use log put back: found in the next release', {
    timeout: 120_000,
  }, async () => {
    const again = (forget: boolean) =>
      brokenBy(
        async (at) => {
          if (forget) {
            for (const ending of ['', '-wal', '-shm']) await rm(join(at.state, `ledger.db${ending}`), { force: true });
            await rm(join(at.keysDir, 'uses'), { recursive: true });
          }
          await at.release((text) => text.replace('far: 10.5', 'far: 10.49'));
        },
        async (at) => {
          const broken = await at.broken('latest');
          // Taking the earlier gate's statement away as well mends nothing.
          await at.sql(`delete from run_statements where ${ofRun(at)} and body like '%mlspec_gate%'`);
          expect(await at.broken('latest')).toContain('sealed/logged');
          return broken;
        },
      );
    expect(await again(true)).toEqual(['sealed/logged']);
    if (isFull) expect(await again(false)).toEqual([]);
  });

  it('each file cut short: found', { timeout: 300_000 }, async () => {
    // Places of parts, plans and identities can be made again; tiles that were not full are followed by fuller ones.
    const isEvidence = (path: string, _: number, all: readonly string[]): boolean => {
      const [, place, width] = /^(log\/.*\.p\/)(\d+)$/.exec(path) ?? [];
      const isLast = !all.some(
        (one) => place !== undefined && one.startsWith(place) && Number(one.slice(place.length)) > Number(width),
      );
      return /^(log|artifacts)\/|^metadata\.db$|^project\.json$/.test(path) && isLast;
    };
    const files = (await filesBelow(join(release.project.root, '.mlspec'))).filter(isEvidence);
    expect(files.length).toBeGreaterThan(30);
    for (const path of files.filter((_, index) => isFull || index % 8 === 0 || index > files.length - 6)) {
      const look = async (at: Spoilt) => [...(await at.broken()), ...(await at.broken(release.again))];
      const broken = await brokenBy((at) => cut(join(at.state, path)), look);
      expect([path, broken.length > 0]).toEqual([path, true]);
    }
  });
});

it('every statement of our own has its published form, also that of an erasure', async () => {
  const schemas = (await readdir(join(repositoryRoot, 'schemas'))).flatMap(
    (name) => /^predicate-(.+)\.schema\.json$/.exec(name)?.[1] ?? [],
  );
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const seen = new Set<string>();
  const look = async (at: Spoilt): Promise<string[]> => {
    const own = 'body like \'%"predicateType":"urn:mlspec:predicate:%\'';
    for (const row of await at.query(`select body from run_statements where ${own}`)) {
      const { predicate, predicateType } = JSON.parse(row['body']!);
      const [, name] = /^urn:mlspec:predicate:(.+):v1$/.exec(predicateType)!;
      const path = join(repositoryRoot, `schemas/predicate-${name}.schema.json`);
      const schema = JSON.parse(await readFile(path, 'utf8'));
      const isValid = ajv.getSchema(name!) ?? ajv.addSchema(schema, name!).getSchema(name!)!;
      expect(isValid(predicate), `${name}: ${ajv.errorsText(isValid.errors)}`).toBe(true);
      // What was left out or is of another form is not.
      for (const member of schema.required) expect(isValid({ ...predicate, [member]: undefined })).toBe(false);
      expect(isValid([predicate])).toBe(false);
      seen.add(name!);
    }
    return await at.broken();
  };
  const erase = async (at: Spoilt): Promise<void> => {
    await at.erase('notes', 'out');
    await at.erase('notes', 'logs/stdout');
  };
  expect(await brokenBy(erase, look)).toEqual([]);
  // Deployments and windows are those of `deployments.test.ts` and `windows.test.ts`.
  expect([...seen, 'deployment', 'monitoring-window'].sort()).toEqual(schemas.sort());
});

describe('a release in a folder', () => {
  const brokenFolder = async (change: (folder: string, at: Spoilt) => Promise<unknown>): Promise<string[]> =>
    await brokenBy(
      (at) => change(at.exported, at),
      (at) => at.brokenExport(),
      'project',
    );
  const resigned = async (change: (folder: string, at: Spoilt) => Promise<unknown>): Promise<string[]> =>
    await brokenFolder(async (folder, at) => {
      await change(folder, at);
      await at.signAnew();
    });
  const lines = async (folder: string): Promise<string[]> =>
    (await readFile(join(folder, 'statements.intoto.jsonl'), 'utf8')).trimEnd().split('\n');
  const setLines = async (folder: string, all: readonly string[]): Promise<void> =>
    await writeFile(join(folder, 'statements.intoto.jsonl'), all.map((line) => `${line}\n`).join(''));
  const bodyOf = (line: string): string => Buffer.from(JSON.parse(line).payload, 'base64').toString();
  const say = (type: string, from: string, to: string) => async (folder: string) => {
    const all = await lines(folder);
    const changed = all.map((line) => {
      const body = bodyOf(line);
      if (!body.includes(type) || !body.includes(from)) return line;
      const payload = Buffer.from(body.replace(from, to)).toString('base64');
      return JSON.stringify({ ...JSON.parse(line), payload });
    });
    expect(changed).not.toEqual(all);
    await setLines(folder, changed);
  };
  const inFile = (name: RegExp) => async (folder: string) => {
    const found = (await filesBelow(folder)).find((path) => name.test(path));
    expect(found, String(name)).toBeDefined();
    await flip(join(folder, found!));
  };
  const artifact = (step: string, port: string) => async (folder: string, at: Spoilt) => {
    const [shard, rest] = (await at.fileOf(step, port)).split('/').slice(-2);
    await flip(join(folder, 'artifacts', `${shard}${rest}`));
  };

  it('is good, also signed anew', async () => {
    expect(await brokenFolder(async () => undefined)).toEqual([]);
    expect(await resigned(async () => undefined)).toEqual([]);
  });

  it.each([
    ['dataset', artifact('splitting', 'train'), 'artifacts/whole'],
    ['measured metrics', artifact('evaluation', 'metrics'), 'artifacts/whole'],
    ['model file', artifact('training', 'model'), 'artifacts/whole'],
    ['package', artifact('packaging', 'package'), 'artifacts/whole'],
    ['code file', inFile(/^code\/train\.ts$/), 'export/as-stated'],
    ['code file in Python', inFile(/^code\/notes\.py$/), 'export/as-stated'],
    ['parameter in the declaration', inFile(/^declaration\.json$/), 'export/as-stated'],
    ['parameter in the plan', inFile(/^plan\.json$/), 'export/as-stated'],
    ['environment lock', inFile(/^environments\//), 'export/as-stated'],
    ['log tile', inFile(/^log\/tile\/0\//), 'log/complete'],
    ['log bundle', inFile(/^log\/tile\/entries\//), 'log/complete'],
    ['checkpoint', inFile(/^log\/checkpoint$/), 'log/complete'],
    ['proof', inFile(/^proofs\//), 'log/holds'],
    ['payload of an execution', say('provenance', '"seed":', '"seed":1'), 'statements/signed'],
    ['payload of the layout', say('layout:v1', '"maySkip":false', '"maySkip":true'), 'layout/signed'],
    ['payload of the objectives', say('objectives:v1', '"uses":4', '"uses":5'), 'objectives/committed'],
    ['payload of a finding', say('test-result', '"result":"PASSED"', '"result":"PASSEE"'), 'steps/attested'],
    ['payload of the end', say('run:v1', '"state":"COMPLETE"', '"state":"COMPLETF"'), 'run/ended'],
  ] as const)('one bit, signed anew: %s', async (_, change, rule) => {
    expect(await resigned(change)).toContain(rule);
  });

  it('a signature, and each statement taken away, signed anew: found', { timeout: 120_000 }, async () => {
    const all = await lines(join(release.project.root, '..', 'exported'));
    for (const [gone, line] of all.entries()) {
      if (!isFull && gone % 5 !== 1) continue;
      const without = await resigned((folder) =>
        setLines(
          folder,
          all.filter((_, index) => index !== gone),
        ),
      );
      expect(without, bodyOf(line).slice(0, 200)).toContain(ruleThatMisses(bodyOf(line)));
    }
    const spoilt = all.map((line) => line.replace('"sig":"M', '"sig":"N'));
    expect(await resigned((folder) => setLines(folder, spoilt))).toEqual(
      expect.arrayContaining(['layout/signed', 'run/ended']),
    );
  });

  it('every file: one bit, cut short, or taken away: found', { timeout: 300_000 }, async () => {
    const changes = [flip, cut, (path: string) => rm(path)];
    const files = await filesBelow(join(release.project.root, '..', 'exported'));
    expect(files.length).toBeGreaterThan(60);
    for (const [index, file] of files.entries()) {
      if (!isFull && index % 11 !== 0) continue;
      for (const change of isFull ? changes : [changes[index % changes.length]!]) {
        const broken = await brokenFolder((folder) => change(join(folder, file)));
        expect([file, broken.some((rule) => ['export/whole', 'EXPORT_BAD'].includes(rule))]).toEqual([file, true]);
      }
    }
  });
});
