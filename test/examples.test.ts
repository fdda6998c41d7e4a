import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatFindings, parseSpec, resolveSpec, verifySpec } from '../src/spec/index.ts';

const folder = join(import.meta.dirname, '..', 'examples');
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'mlspec.yaml')));

/** Everything that reading, resolving and verifying an example finds, as text. */
async function findingsOf(example: string, profile?: string): Promise<string> {
  const file = join(folder, example, 'mlspec.yaml');
  const parsed = await parseSpec(readFileSync(file, 'utf8'), { file });
  const { spec, findings } = resolveSpec(parsed, profile === undefined ? {} : { profile });
  const all = [...parsed.findings, ...findings, ...(spec === null ? [] : verifySpec(spec))];
  expect(spec).not.toBeNull();
  return formatFindings(
    all.filter((found) => found.severity !== 'note'),
    { color: false },
  );
}

describe.each(examples)('examples/%s', (example) => {
  it('has a declaration without errors and warnings', async () => {
    expect(await findingsOf(example)).toBe('');
  });

  it('says in its README how to run it', () => {
    const readme = readFileSync(join(folder, example, 'README.md'), 'utf8');
    expect(readme).toContain(`prepare.mjs ${example}`);
    expect(readme).toContain('bin/mlspec run');
  });
});

it('takes the profiles of the examples', async () => {
  expect(await findingsOf('flights', 'full')).toBe('');
  expect(await findingsOf('penguins', 'quick')).toBe('');
});

it('lists every example', () => {
  const list = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(examples.filter((example) => !list.includes(`(${example}/README.md)`))).toEqual([]);
  expect(examples.length).toBeGreaterThanOrEqual(6);
});
