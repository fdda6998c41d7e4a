/*
 * Hostile and broken documents: whatever the text, reading it never throws, takes less than a second, and says something
 * where the document is wrong. What is wrong is decided by an oracle of its own: ajv with the published JSON Schema.
 * 1,000 documents in an ordinary run, 10,000 in the full one.
 */
import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { isFull } from '../../test/full.ts';
import {
  canonicalSpec,
  formatFindings,
  parseSpec,
  resolveSpec,
  ruleCatalogue,
  specJsonSchema,
  toSarif,
  verifySpec,
} from './index.ts';
import { keysAt } from './json-schema.ts';

const numRuns = isFull ? 3_400 : 340;
const timeout = isFull ? 1_800_000 : 300_000;
// Of CPU time: far above what any document takes, far below what a blow-up would.
const limitMs = 15_000;
const known = ruleCatalogue();
const isValid = new Ajv({ strict: false }).compile(specJsonSchema());

const root = new URL('../../', import.meta.url);
const examples = ['test/golden/spec/design.yaml', ...globSync('examples/*/mlspec.yaml', { cwd: root }).sort()].map(
  (file) => readFileSync(new URL(file, root), 'utf8'),
);

/** Takes a text through all that is done to a declaration; the number of findings of severity error. */
function carryThrough(text: string): number {
  const started = process.cpuUsage();
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const resolved = resolveSpec(parsed);
  const verified = resolved.spec === null ? [] : verifySpec(resolved.spec);
  const findings = [...parsed.findings, ...resolved.findings, ...verified];
  formatFindings(findings, { color: true });
  JSON.stringify(toSarif(findings));
  if (resolved.spec !== null) expect(canonicalSpec(resolved.spec)).toMatch(/^\{/);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(limitMs);
  for (const finding of findings) {
    expect([...known.keys()]).toContain(finding.rule);
    expect(finding.message).not.toMatch(/undefined|\[object [A-Z]|Invalid input/);
    const { position } = finding;
    if (position === undefined) continue;
    expect(position.offset).toBeLessThanOrEqual(text.length);
    expect(position.line).toBeLessThanOrEqual(text.split('\n').length);
    expect(position.endLine).toBeGreaterThanOrEqual(position.line);
    expect(finding.frame).toMatch(/\^/);
  }
  if (parsed.document === null || resolved.spec === null) expect(findings.length).toBeGreaterThan(0);
  return findings.filter(({ severity }) => severity === 'error').length;
}

/** What the oracle says: null where it cannot read the text. */
function oracle(text: string): boolean | null {
  try {
    return isValid(parse(text, { maxAliasCount: 0, logLevel: 'silent' }) ?? null);
  } catch {
    return null;
  }
}

const fragments = fc.constantFrom(
  ...'{}[]:,&*!|>%@`"\'#?-\t\n \\$~='.split(''),
  '\n  ',
  ': ',
  '- ',
  '---\n',
  '...\n',
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!x ',
  '%YAML 1.1\n',
  '$x',
  ['$', '{x}'].join(''),
  '$import.airports',
  '__proto__: ',
  'constructor: ',
  '\u0000',
  '\uFEFF',
  '\u2028',
  '\ud800',
  '1e999',
  '.nan',
  '0x1F',
  '007',
  'no',
  'null',
  '9'.repeat(40),
);

test('texts of any kind', { timeout }, () => {
  const yamlish = fc
    .array(
      fc.oneof(
        fragments,
        fc.constantFrom('mlspec', 'name', 'task', 'objectives', 'params', 'profiles', 'steps', '1', 'x'),
        fc.string({ unit: 'binary', maxLength: 5 }),
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(yamlish, (text) => {
      const errors = carryThrough(text);
      if (oracle(text) === false) expect({ text, errors }).not.toMatchObject({ errors: 0 });
    }),
    { numRuns },
  );
});

test('example documents with text deleted, inserted, repeated and moved', { timeout }, () => {
  const edit = fc.record({
    kind: fc.constantFrom('delete', 'insert', 'repeat', 'move', 'cut'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    to: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    text: fragments,
  });
  fc.assert(
    fc.property(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: 4 }), (example, edits) => {
      let text = example;
      for (const { kind, at, to, length, text: inserted } of edits) {
        const start = Math.floor(at * text.length);
        const target = Math.floor(to * text.length);
        const taken = text.slice(start, start + length);
        if (kind === 'delete') text = text.slice(0, start) + text.slice(start + length);
        else if (kind === 'insert') text = text.slice(0, start) + inserted + text.slice(start);
        else if (kind === 'repeat') text = text.slice(0, start) + taken + text.slice(start);
        else if (kind === 'cut') text = text.slice(0, Math.max(1, start));
        else text = text.slice(0, target) + taken + text.slice(target);
      }
      const errors = carryThrough(text);
      if (oracle(text) === false) expect({ text, errors }).not.toMatchObject({ errors: 0 });
    }),
    { numRuns },
  );
});

type Path = (string | number)[];

/** Every place of a document whose value is not of the project's own making. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || isOwn(path)) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, member]) =>
      places(member, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function isOwn(path: Path): boolean {
  const [first, second] = path;
  return (first === 'training' || first === 'steps') && path.includes('params')
    ? true
    : first === 'training' && second === 'tuning' && path.length > 3;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce((value, part) => (value as Record<string | number, unknown>)[part], document);
}

function withValue(document: unknown, path: Path, value: unknown): unknown {
  const copy = structuredClone(document);
  if (path.length === 0) return value;
  (valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1)!] = value;
  return copy;
}

test('example documents with a key injected, a type changed, a key misspelt', { timeout }, () => {
  const wrongs = fc.record({
    kind: fc.constantFrom('inject', 'retype', 'misspell'),
    at: fc.nat(),
    value: fc.constantFrom<unknown>({ zzz: { zzz: 1 } }, [[{ zzz: 1 }]], [{ zzz: { zzz: [] } }]),
    json: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.constantFrom(...examples), wrongs, (example, { kind, at, value, json }) => {
      const document = parse(example) as unknown;
      const all = places(document).filter((path) => !isOwn(path) && path[0] !== 'profiles');
      const strict = all.filter(
        (path) =>
          typeof valueAt(document, path) === 'object' &&
          !Array.isArray(valueAt(document, path)) &&
          keysAt(path).length > 0,
      );
      const path = (kind === 'inject' ? strict : all.slice(1))[
        at % (kind === 'inject' ? strict.length : all.length - 1)
      ]!;
      let broken: unknown;
      if (kind === 'inject') broken = withValue(document, [...path, 'zzzz'], { zzz: 1 });
      else if (kind === 'retype') broken = withValue(document, path, value);
      else {
        const target = strict[at % strict.length]!;
        const members = valueAt(document, target) as Record<string, unknown>;
        const key = Object.keys(members)[at % Math.max(1, Object.keys(members).length)];
        if (key === undefined || target[0] === 'transformation') return;
        const { [key]: moved, ...rest } = members;
        broken = withValue(document, target, { ...rest, [`${key}q`]: moved });
      }
      const text = json ? JSON.stringify(broken, null, at % 3) : stringify(broken);
      const errors = carryThrough(text);
      expect({ text, errors }).not.toMatchObject({ errors: 0 });
    }),
    { numRuns },
  );
});

describe('hostile documents', () => {
  const size = 199_000;
  const hostile: Readonly<Record<string, string>> = {
    'open lists': '['.repeat(size),
    'open mappings': '{'.repeat(size),
    'nested list items': '- '.repeat(size / 2),
    'nested keys': '? '.repeat(size / 2),
    'keys on one line': 'a: '.repeat(size / 3),
    commas: `[${','.repeat(size)}`,
    'closing brackets': '}'.repeat(size),
    directives: '%x\n'.repeat(size / 3),
    tags: '!!x '.repeat(size / 4),
    'line ends': '\n'.repeat(size),
    documents: '---\n'.repeat(size / 4),
    anchors: Array.from({ length: Math.floor(size / 14) }, (_, n) => `- &a${n} 1`).join('\n'),
    'aliases of aliases': `a: &a [x]\n${Array.from(
      { length: 40 },
      (_, n) =>
        `${'bcdefghij'[n % 9]}${n}: &x${n} [${Array(50)
          .fill(n === 0 ? '*a' : `*x${n - 1}`)
          .join(',')}]`,
    ).join('\n')}`,
    'a list that holds itself': 'a: &a [*a]\n',
    'many keys': Array.from({ length: 18_000 }, (_, n) => `k${n}: 1`).join('\n'),
    'equal keys': 'a: 1\n'.repeat(size / 5),
    'unknown keys of a step': `mlspec: 1\nname: x\nsteps:\n  a: {${Array.from({ length: 8_000 }, (_, n) => `k${n}: 1`).join(', ')}}\n`,
    'steps in steps': `mlspec: 1\nname: x\nsteps: ${'{a: {steps: '.repeat(60)}{}${'}}'.repeat(60)}\n`,
    'many profiles': `mlspec: 1\nname: x\nprofiles:\n${Array.from({ length: 3_000 }, (_, n) => `  p${n}: {params: {q: 1}}`).join('\n')}\n`,
    'a long text': `a: ${'x'.repeat(size)}`,
    'a long name': `mlspec: 1\nname: ${'a'.repeat(size)}`,
    'too long': 'x'.repeat(1_000_000),
  };
  test.each(Object.keys(hostile))('%s', (name) => {
    expect(carryThrough(hostile[name]!)).toBeGreaterThan(0);
  });
});
