import { describe, expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../encoding/index.ts';
import {
  canonicalSpec,
  executionRelevant,
  locateFindings,
  type ParsedSpec,
  parseSpec,
  type ResolvedSpec,
  type ResolveOptions,
  resolveSpec,
  specDigest,
  verifySpec,
} from './index.ts';
import { builtTaskKinds, taskKinds } from './sections/task.ts';

const head = 'mlspec: 1\nname: late\ntask: {kind: binary, label: late}\ningestion: {sources: {rows: rows.csv}}\n';

function resolve(text: string, options: ResolveOptions = {}): ResolvedSpec {
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const resolved = resolveSpec(parsed, options);
  expect([...parsed.findings, ...resolved.findings].map(({ message }) => message)).toEqual([]);
  return resolved.spec!;
}

function told(parsed: ParsedSpec, options: ResolveOptions = {}): string[] {
  const { findings } = resolveSpec(parsed, options);
  return [...parsed.findings, ...findings].map(
    ({ rule, file, position, message }) => `${rule} ${file}:${position?.line}:${position?.column} ${message}`,
  );
}

describe('parameters', () => {
  const text = `${head}params:
  sample: {type: share, default: 10%}
  gap: {type: duration, default: 1d}
  memory: {type: bytes, default: 1 GiB}
  rate: 0.5
  trees: {type: integer, default: 100, choices: [100, 200]}
  layers: {type: list, default: [1, 2]}
  fast: true
  limit: {type: number, default: -2}
training:
  python: train.py:train
  params: {sample: $sample, trees: $trees, fast: $fast, layers: $layers, literal: $$trees, said: "\${trees} trees"}
  limits: {memory: $memory}
splitting: {by: time(day), gap: $gap}
validation: {checks: [distance between $limit and $trees, {that: "delay < $gap"}]}
steps: {each: {sql: SELECT 1, for_each: {n: $layers}}}
`;

  test('stand wherever a value may stand', () => {
    const spec = resolve(text);
    expect(spec.training!.params).toEqual({
      fast: true,
      layers: [1, 2],
      literal: '$trees',
      said: '100 trees',
      sample: 0.1,
      trees: 100,
    });
    expect(spec.training!.limits).toEqual({ memoryBytes: 2 ** 30 });
    expect(spec.splitting.gapMs).toBe(86_400_000);
    expect(spec.steps['each']!.for_each).toEqual({ n: [1, 2] });
    expect(spec.validation.checks.map(({ that }) => that)).toEqual(['distance between (-2) and 100', 'delay < 1d']);
  });

  test('are read from texts by their type', () => {
    const params = { sample: '25%', gap: '2 h', trees: '200', layers: '[3]', fast: 'false', rate: '1e-3' };
    const spec = resolve(text, { params });
    expect(Object.fromEntries(Object.entries(spec.params).map(([name, { value }]) => [name, value]))).toEqual({
      fast: false,
      gap: '2 h',
      layers: [3],
      limit: -2,
      memory: '1 GiB',
      rate: 0.001,
      sample: 0.25,
      trees: 200,
    });
  });

  test.each([
    [{ trees: '150' }, 'expected one of 100, 200 for parameter trees, found "150"'],
    [{ trees: 'many' }, 'expected a whole number for parameter trees, found "many"'],
    [{ sample: '110%' }, 'expected a share such as 0.1 or 10% for parameter sample, found "110%"'],
    [{ gap: '3' }, 'expected a duration such as 20 ms or 1d for parameter gap, found "3"'],
    [{ fast: 'maybe' }, 'expected true or false for parameter fast, found "maybe"'],
    [{ tres: '100' }, 'there is no parameter tres'],
  ])('%j is a finding', (params, message) => {
    const parsed = parseSpec(text, { file: 'mlspec.yaml' });
    const resolved = resolveSpec(parsed, { params });
    expect(resolved.spec).toBeNull();
    expect(resolved.findings.map((finding) => finding.message)).toContain(message);
  });

  test('without default must be given, and are no finding before', () => {
    const open = parseSpec(`${head}params: {n: {type: integer}}\ntraining: {sql: x, seed: $n}\n`, {
      file: 'mlspec.yaml',
    });
    expect(open.findings).toEqual([]);
    expect(told(open)).toEqual(['spec/param mlspec.yaml:5:13 parameter n has no default and was not given']);
    expect(resolveSpec(open, { params: { n: '3' } }).spec!.training!.seed).toBe(3);
  });

  test('that are not declared are named with their nearest neighbour, once', () => {
    const parsed = parseSpec(`${head}params: {trees: 3}\ntraining: {sql: x, seed: $tress}\n`, { file: 'mlspec.yaml' });
    expect(told(parsed)).toEqual(['spec/unknown-param mlspec.yaml:6:26 $tress is no declared parameter or import']);
    expect(parsed.findings[0]!.suggestion).toBe('did you mean $trees?');
  });
});

test('a text of a shell is not taken for a parameter silently', () => {
  const step = (text: string) => `${head}steps: {a: {command: [sh, -c, 'echo ${text}']}}\n`;
  const dollarHome = ['$', '{HOME}'].join('');
  const [finding] = parseSpec(step(dollarHome), { file: 'mlspec.yaml' }).findings;
  expect(finding!.suggestion).toBe(`declare HOME under params, or write $${dollarHome} for the text`);
  const { implementation } = resolve(step(`$${dollarHome}`)).steps['a']!;
  expect(implementation).toEqual({ kind: 'command', argv: ['sh', '-c', `echo ${dollarHome}`] });
});

describe('profiles', () => {
  const text = `${head}params: {sample: {type: share, default: 100%}}
training: {python: a.py:f, params: {a: 1, b: 2}}
profiles:
  demo:
    params: {sample: 10%}
    training: {params: {b: 3, a: null}}
  prod: {store: postgres}
`;

  test('are merged over the document', () => {
    const demo = resolve(text, { profile: 'demo' });
    expect(demo.params['sample']!.value).toBe(0.1);
    expect(demo.training!.params).toEqual({ b: 3 });
    expect(demo.profile).toBe('demo');
    expect(resolve(text, { profile: 'prod' }).store).toBe('postgres');
    expect(resolve(text, { profile: 'demo', params: { sample: '20%' } }).params['sample']!.value).toBe(0.2);
    expect(resolve(text).params['sample']!.value).toBe(1);
  });

  test('are all checked when the document is parsed, and findings stand in the profile', () => {
    const wrong = parseSpec(text.replace('store: postgres', 'store: mongo, trainig: {}, name: x'), {
      file: 'mlspec.yaml',
    });
    expect(told(wrong)).toEqual([
      'spec/profile-key mlspec.yaml:11:37 a profile cannot change name',
      'spec/type mlspec.yaml:11:17 expected one of sqlite, postgres, found "mongo"',
      'spec/unknown-key mlspec.yaml:11:24 the document has no key trainig',
    ]);
  });

  test('a profile or parameter that does not exist is a finding', () => {
    const parsed = parseSpec(text.replace('sample: 10%', 'sampel: 10%'), { file: 'mlspec.yaml' });
    expect(told(parsed, { profile: 'dmo' })).toEqual([
      'spec/unknown-param mlspec.yaml:9:14 profile demo sets sampel, which is no declared parameter',
      'spec/unknown-profile mlspec.yaml:7:1 there is no profile dmo',
    ]);
  });
});

describe('imports', () => {
  const files: Readonly<Record<string, string>> = {
    './features.yaml': 'hour: hour(day)\nrate: $rate\n',
    'wrong.yaml': 'hour: 3\n',
    'broken.yaml': 'a: [1\n',
    'loop.yaml': 'hour: $import.p\n',
    'list.yaml': '- hour\n',
  };
  const read = (text: string) =>
    parseSpec(text, { file: 'mlspec.yaml', readFile: async (path) => files[path] ?? null });

  test('are put in place of their reference, with their own references, and recorded by digest', async () => {
    const parsed = await read(
      `${head}params: {rate: speed}\nimports: {f: ./features.yaml}\ntransformation: $import.f\n`,
    );
    const { spec, findings } = resolveSpec(parsed);
    expect([...parsed.findings, ...findings]).toEqual([]);
    expect(spec!.transformation.features).toEqual({ hour: 'hour(day)', rate: 'speed' });
    expect(spec!.imports).toEqual({ f: { path: './features.yaml', digest: digestOf(files['./features.yaml']!) } });
  });

  test.each([
    ['wrong.yaml', 'spec/type wrong.yaml:1:7 expected a text, found 3'],
    ['broken.yaml', 'spec/syntax broken.yaml:2:1 this is not YAML'],
    ['list.yaml', 'spec/unreadable list.yaml:1:1 the document is no mapping of sections'],
    ['missing.yaml', 'spec/import mlspec.yaml:5:14 the imported file missing.yaml cannot be read'],
    ['../outside.yaml', 'spec/value mlspec.yaml:5:14 expected a path relative to the declaration that stays inside'],
    ['/etc/passwd', 'spec/value mlspec.yaml:5:14 expected a path relative to the declaration that stays inside'],
    ['loop.yaml', 'spec/unknown-param loop.yaml:1:7 $import.p is no declared parameter or import'],
  ])('%s is told where it is wrong', async (path, expected) => {
    const parsed = await read(`${head}imports: {p: ${path}}\ntransformation: $import.p\n`);
    expect(told(parsed).map((line) => line.slice(0, expected.length))).toContain(expected);
  });

  test('without a reader they are a note', () => {
    const parsed = parseSpec(`${head}imports: {f: a.yaml}\n`, { file: 'mlspec.yaml' });
    expect(parsed.findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['spec/import-not-read note']);
  });

  test('a reader that fails is a file that cannot be read', async () => {
    const parsed = await parseSpec(`${head}imports: {f: a.yaml}\n`, {
      file: 'mlspec.yaml',
      readFile: async () => {
        throw new Error('disk');
      },
    });
    expect(parsed.findings.map(({ rule }) => rule)).toEqual(['spec/import']);
  });

  test('parts that multiply are bounded', async () => {
    const bomb: Record<string, string> = {};
    for (let n = 0; n < 12; n++)
      bomb[`p${n}.yaml`] = `[${Array(10)
        .fill(`$import.p${n + 1}`)
        .join(', ')}]`;
    const imports = Object.keys(bomb).map((path) => `${path.slice(0, -5)}: ${path}`);
    const parsed = await parseSpec(
      `${head}imports: {${imports.join(', ')}}\ntraining: {sql: x, params: {a: $import.p0}}\n`,
      {
        file: 'mlspec.yaml',
        readFile: async (path) => `v: ${bomb[path]}\n`,
      },
    );
    expect(parsed.findings.map(({ rule }) => rule)).toContain('spec/too-large');
  });
});

describe('what can be declared', () => {
  test.each(taskKinds)('a %s task resolves; its training is a finding where it is not built', (kind) => {
    const label = kind === 'multilabel' ? '[late, lost]' : 'late';
    const text = `mlspec: 1\nname: late\ntask: {kind: ${kind}, label: ${label}, time: day, group: query}\ningestion: {sources: {rows: rows.csv}}\n`;
    expect(verifySpec(resolve(text))).toEqual([]);
    const trained = resolve(`${text}training: {python: "train.py:train"}\n`);
    expect(trained.task.kind).toBe(kind);
    expect(verifySpec(trained).map(({ rule }) => rule)).toEqual(
      builtTaskKinds.includes(kind) ? [] : ['spec/task-not-built'],
    );
  });

  test('several named datasets, and several models of which one needs another', () => {
    const datasets = 'datasets: {routes: {query: SELECT 1}, carriers: {query: queries/carriers.sql}}';
    const models =
      'models: {first: {training: {python: "a.py:a"}}, second: {needs: [first], training: {python: "b.py:b"}}}';
    const spec = resolve(`${head.replace('rows.csv}}', `rows.csv}, ${datasets}}`)}${models}\n`);
    expect(Object.keys(spec.ingestion.datasets).sort()).toEqual(['carriers', 'routes']);
    expect(spec.models['second']).toMatchObject({ needs: ['first'] });
    expect(verifySpec(spec).map(({ rule }) => rule)).toEqual(['spec/several-models-not-built']);
  });
});

describe('the canonical text', () => {
  const yaml = `${head}splitting: {parts: {test: 15%, validation: 0.15, train: 70%}, sealed: [test]}\nsteps:\n  b: {sql: SELECT 1}\n  a: {sql: SELECT 2} # comment\n`;
  const reordered = `{"steps": {"a": {"sql": "SELECT 2"}, "b": {"sql": "SELECT 1"}}, "name": "late", "splitting": {"sealed": ["test"], "parts": {"train": 0.7, "validation": "15%", "test": 0.15}}, "ingestion": {"sources": {"rows": {"csv": "rows.csv"}}}, "task": {"label": "late", "kind": "binary"}, "mlspec": 1}`;

  test('does not depend on the order of keys, comments, short forms or defaults', () => {
    expect(canonicalSpec(resolve(yaml))).toBe(canonicalSpec(resolve(reordered)));
    expect(specDigest(resolve(yaml))).toBe(specDigest(resolve(reordered)));
  });

  test('nothing can depend on the order of keys: maps are in one order, parts in that of the lifecycle', () => {
    const spec = resolve(yaml);
    expect(Object.keys(spec.steps)).toEqual(['a', 'b']);
    expect(Object.keys(spec.splitting.parts)).toEqual(['train', 'validation', 'test']);
    expect(spec.splitting.order).toEqual(['train', 'validation', 'test']);
    const own = resolve(
      `${head}splitting: {parts: {later: 20%, train: 70%, early: 10%}, order: [early, train, later]}\n`,
    );
    expect(Object.keys(own.splitting.parts)).toEqual(['early', 'train', 'later']);
  });

  test('a predefined split names its parts alone, every other one their shares', () => {
    const named = resolve(`${head}splitting: {by: predefined(part), parts: [test, train]}\n`);
    expect(named.splitting).toMatchObject({ by: 'predefined', column: 'part', parts: { train: null, test: null } });
    expect(resolve(`${head}splitting: {by: predefined(part)}\n`).splitting.order).toEqual([
      'train',
      'validation',
      'test',
    ]);
    for (const [section, message] of [
      ['{by: predefined(part), parts: {train: 70%, test: 30%}}', 'as [train, test]'],
      ['{by: hash, parts: [train, test]}', 'expected the share of each part'],
      ['{by: predefined(part), parts: [train, test, train]}', 'expected each part once'],
    ] as const) {
      const { findings } = parseSpec(`${head}splitting: ${section}\n`, { file: 'mlspec.yaml' });
      expect(findings.map((finding) => finding.message).join(), section).toContain(message);
      expect(findings[0]!.path).toEqual(['splitting', 'parts']);
    }
  });

  test('executionRelevant leaves out what no result depends on', () => {
    const described = resolve(
      `${yaml}description: x\nlicense: MIT\nintended_use: by all\nlimitations: [none known]\nowners: [A]\nexecutor: local\nobjectives: {require: {a: {that: auc > 0.5, description: why}}}\n`,
    );
    const plain = resolve(`${yaml}objectives: {require: {a: auc > 0.5}}\n`);
    expect(canonicalSpec(described)).not.toBe(canonicalSpec(plain));
    expect(canonicalJson(executionRelevant(described))).toBe(canonicalJson(executionRelevant(plain)));
    const changed = resolve(`${yaml}objectives: {require: {a: auc > 0.6}}\n`);
    expect(canonicalJson(executionRelevant(changed))).not.toBe(canonicalJson(executionRelevant(plain)));
  });
});

test('findings about a resolved declaration can be placed in its text, in a profile too', () => {
  const text = `${head}profiles: {p: {evaluation: {on: nowhere}}}\n`;
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const { spec } = resolveSpec(parsed, { profile: 'p' });
  const [placed] = locateFindings(spec!, [
    { rule: 'plan/x', severity: 'error', path: ['evaluation', 'on'], message: 'x' },
  ]);
  expect(text.slice(placed!.position!.offset)).toMatch(/^nowhere/);
  expect(placed!.frame).toContain('^^^^^^^');
  expect(verifySpec(structuredClone(spec!)).every((finding) => finding.position === undefined)).toBe(true);
});
