import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectWithEngine } from '../../../test/steps/project-with-engine.ts';
import type { SplittingParams } from './plan.ts';
import { beginProof, concludeProof, type Proof, readBack } from './proof.ts';

const { project, engine } = await projectWithEngine();

const parts = [
  { name: 'train', share: 0.5, sealed: false },
  { name: 'test', share: 0.5, sealed: true },
];
const params: SplittingParams = { name: 'p', by: 'hash', column: null, gapMs: 0, salt: '', parts, key: ['a', 'b'] };
const fields = [
  { name: 'a', type: 'string' },
  { name: 'b', type: 'string' },
] as const;

async function prove(train: string, later: string): Promise<unknown> {
  const proof: Proof = { engine, params, fields, signal: new AbortController().signal };
  await engine.execute('DROP TABLE IF EXISTS proof');
  await beginProof(proof);
  const found: Record<string, Awaited<ReturnType<typeof readBack>>> = {};
  for (const [index, rows] of [train, later].entries()) {
    const path = join(project.root, `${index}.parquet`);
    await engine.writeParquet(`SELECT * FROM (VALUES ${rows}) AS t(a, b)`, path);
    found[parts[index]!.name] = await readBack(proof, parts[index]!, path);
  }
  const rowCount = Object.values(found).reduce((sum, part) => sum + part.rowCount, 0);
  return { overlap: await concludeProof(proof, found, { rowCount, droppedRows: 0 }), found };
}

test('a key in two parts is found, whatever rule divided them', async () => {
  await expect(prove("('1', 'x'), ('2', 'x')", "('3', 'x'), ('2', 'x')")).rejects.toMatchObject({
    code: 'SPLITTING_OVERLAP',
  });
});

test('keys are compared exactly: texts that only look alike when joined are different keys', async () => {
  expect(
    await prove(
      "('a', 'bc'), (NULL, 'x'), ('-', 'x'), ('1:a', '')",
      "('ab', 'c'), ('', 'x'), ('x', NULL), ('1', ':a')",
    ),
  ).toMatchObject({
    overlap: { keysInSeveralParts: 0, verdict: 'none' },
  });
});

test('the digest of keys knows neither order nor repetition; other keys have another', async () => {
  const digestOf = async (rows: string): Promise<string> =>
    ((await prove(rows, "('z', 'z')")) as { found: { train: { keyDigest: string } } }).found.train.keyDigest;
  const first = await digestOf("('1', 'x'), ('2', 'y')");
  expect(await digestOf("('2', 'y'), ('1', 'x'), ('1', 'x')")).toBe(first);
  expect(await digestOf("('2', 'x'), ('1', 'y')")).not.toBe(first);
});
