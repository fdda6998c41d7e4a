import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkModules } from './check-modules.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

const rules = {
  floors: [
    { name: 'ground', modules: { low: 'p', mid: 'p' } },
    { name: 'roof', modules: { high: 'p', never: 'p' } },
  ],
  modules: {
    low: { imports: [] },
    mid: { imports: ['low'], vendors: { pg: 'adapter', 'node:net': '.' } },
    high: { imports: ['mid'], apart: true },
  },
};
const sound = {
  'src/low/index.ts': "export { low } from './low.ts';",
  'src/low/low.ts': 'export const low = 1;',
  'src/mid/index.ts':
    "export type { M } from './adapter/pg.ts'; import { low } from '../low/index.ts'; import 'node:fs';",
  'src/mid/adapter/pg.ts': "import pg from 'pg'; import net from 'node:net';",
  'src/high/one/a.ts': "import { m } from '../../mid/index.ts'; import b from './b.ts'; import '../root.ts';",
  'src/high/one/b.ts': "// import '../../low/index.ts'",
  'src/high/root.ts': '',
  'src/index.ts': "export { high } from './high/index.ts';",
  'src/high/index.ts': "export { a } from './one/a.ts';",
  'package.json': '{"devDependencies": {"vitest": "1"}}',
};

/** The rules broken in the sound tree with `changes` laid over it, as `rule file:line`. */
function broken(changes: Record<string, string>, modules: object = rules): string[] {
  const tree = mkdtempSync(join(tmpdir(), 'check-modules-'));
  trees.push(tree);
  for (const [file, text] of Object.entries({ ...sound, 'modules.json': JSON.stringify(modules), ...changes })) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }
  return checkModules(tree).map((problem) => `${problem.rule} ${problem.file}:${problem.line}`);
}

function withModule(name: string, change: object): object {
  const all = rules.modules as Record<string, object>;
  return { ...rules, modules: { ...all, [name]: { ...all[name], ...change } } };
}

describe('checkModules', () => {
  it('passes a sound tree', () => {
    expect(broken({})).toEqual([]);
  });

  it('finds upward imports, also of types and in tests', () => {
    expect(broken({ 'src/low/x.ts': "\nimport type { M } from '../mid/index.ts';" })).toEqual([
      'modules/upward src/low/x.ts:2',
    ]);
    expect(broken({ 'src/low/x.test.ts': "import '../mid/index.ts';" })).toEqual([
      'modules/upward src/low/x.test.ts:1',
    ]);
    expect(broken({ 'src/low/x.ts': "const m = await import('../mid/index.ts');" })).toEqual([
      'modules/upward src/low/x.ts:1',
    ]);
    expect(broken({ 'src/low/x.ts': "export { high } from '../index.ts';" })).toEqual([
      'modules/upward src/low/x.ts:1',
    ]);
  });

  it('finds imports that are not allowed, but lets tests import any lower module', () => {
    expect(broken({ 'src/high/x.ts': "import '../low/index.ts';" })).toEqual(['modules/not-allowed src/high/x.ts:1']);
    expect(broken({ 'src/high/x.test.ts': "import '../low/index.ts';" })).toEqual([]);
  });

  it('finds a bypassed index, also of the own module, stars and files outside src', () => {
    expect(broken({ 'src/mid/x.ts': "import '../low/low.ts';" })).toEqual(['modules/bypassed-index src/mid/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "import './index.ts';" })).toEqual(['modules/own-index src/low/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "export * from './low.ts';" })).toEqual(['modules/star src/low/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "import '../../tools/y.ts';" })).toEqual(['modules/outside src/low/x.ts:1']);
    expect(broken({ 'src/low/x.test.ts': "import '../../test/y.ts';" })).toEqual([]);
  });

  it('finds vendor packages and guarded built-in modules outside their folder', () => {
    expect(broken({ 'src/mid/x.ts': "import pg from 'pg';" })).toEqual(['modules/vendor src/mid/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "import 'node:net';" })).toEqual(['modules/vendor src/low/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "import '@scope/name/deep';" })).toEqual(['modules/vendor src/low/x.ts:1']);
    expect(broken({ 'src/low/x.ts': "import { it } from 'vitest';" })).toEqual(['modules/vendor src/low/x.ts:1']);
    expect(broken({ 'src/low/x.test.ts': "import { it } from 'vitest';" })).toEqual([]);
  });

  it('lets others in through the doors that a module names, and finds doors that nobody uses', () => {
    const doors = withModule('low', { doors: ['low.ts'] });
    expect(broken({ 'src/mid/x.ts': "import '../low/low.ts';" }, doors)).toEqual([]);
    expect(broken({}, doors)).toEqual(['modules/stale modules.json:0']);
  });

  it('finds folders that should stay apart', () => {
    expect(broken({ 'src/high/two/x.ts': "import '../one/b.ts';" })).toEqual(['modules/apart src/high/two/x.ts:1']);
  });

  it('finds cycles of files, also through types, but not through lazy imports', () => {
    expect(broken({ 'src/low/x.ts': "import './y.ts';", 'src/low/y.ts': "import type { X } from './x.ts';" })).toEqual([
      'modules/cycle src/low/x.ts:0',
    ]);
    expect(broken({ 'src/low/x.ts': "import './x.ts';" })).toEqual(['modules/cycle src/low/x.ts:0']);
    expect(broken({ 'src/low/x.ts': "import('./y.ts');", 'src/low/y.ts': "import './x.ts';" })).toEqual([]);
  });

  it('finds stale permissions, of modules and of vendors', () => {
    expect(broken({}, withModule('high', { imports: ['low', 'mid'] }))).toEqual(['modules/stale modules.json:0']);
    expect(
      broken({ 'src/high/x.test.ts': "import '../low/index.ts';" }, withModule('high', { imports: ['low', 'mid'] })),
    ).toEqual(['modules/stale modules.json:0']);
    expect(broken({}, withModule('low', { vendors: { ajv: '.' } }))).toEqual(['modules/stale modules.json:0']);
  });

  it('finds modules without entry, code, floor, purpose or order', () => {
    expect(broken({ 'src/never/x.ts': '' })).toEqual(['modules/unlisted modules.json:0']);
    expect(broken({}, withModule('never', { imports: [] }))).toEqual(['modules/absent modules.json:0']);
    expect(broken({ 'src/odd/x.ts': '' }, withModule('odd', { imports: [] }))).toContain(
      'modules/no-floor modules.json:0',
    );
    const floors = [...rules.floors, { name: 'attic', modules: { box: '' } }];
    expect(broken({}, { ...rules, floors })).toEqual(['modules/no-purpose modules.json:0']);
    const { low, ...rest } = rules.modules;
    expect(broken({}, { ...rules, modules: { ...rest, low } })).toEqual(['modules/order modules.json:0']);
  });

  it('does not pass where it sees nothing', () => {
    const none = Object.fromEntries(
      Object.keys(sound)
        .filter((f) => f.startsWith('src'))
        .map((file) => [file, '']),
    );
    expect(broken(none)).toContain('modules/empty-graph modules.json:0');
  });
});
