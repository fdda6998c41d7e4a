import { describe, expect, it } from 'vitest';
import { digestOf } from '../encoding/index.ts';
import { executionKey, type KeyIngredients } from './execution-key.ts';
import { codeReasons, compareIngredients, compareLocks, describeReason } from './explain.ts';

const [one, two] = [digestOf('1'), digestOf('2')];
const base: KeyIngredients = {
  component: { kind: 'python', module: 'train', function: 'fit' },
  params: { rounds: 10, nested: { rate: 0.5 } },
  inputs: { data: [one] },
  outputs: { model: 'Model' },
  environment: one,
  external: { 'file:data.csv': one, 'source sales': 'version 1' },
  secrets: ['TOKEN'],
  seed: 0,
};

const changes: [string, Partial<KeyIngredients>, string][] = [
  ['parameter', { params: { rounds: 11, nested: { rate: 0.5 } } }, 'parameter rounds changed from 10 to 11'],
  ['nested parameter', { params: { rounds: 10, nested: { rate: 1 } } }, 'parameter nested.rate changed from 0.5 to 1'],
  ['new parameter', { params: { ...base.params, depth: 3 } }, 'parameter depth is new: 3'],
  ['gone parameter', { params: { nested: { rate: 0.5 } } }, 'parameter rounds is gone (was 10)'],
  ['input', { inputs: { data: [two] } }, 'input data has other content'],
  ['new input', { inputs: { data: [one], more: [one] } }, 'input more is new'],
  ['gone input', { inputs: {} }, 'input data is gone'],
  ['order of inputs', { inputs: { data: [one, one] } }, 'input data has other content'],
  [
    'component',
    { component: { kind: 'python', module: 'train', function: 'fit2' } },
    'component function changed from fit to fit2',
  ],
  ['output', { outputs: { model: 'Any' } }, 'output model changed from Model to Any'],
  [
    'environment',
    { environment: two },
    `the environment changed from ${one.slice(0, 57)}... to ${two.slice(0, 57)}...`,
  ],
  ['file', { external: { ...base.external, 'file:data.csv': two } }, 'file data.csv changed'],
  ['new file', { external: { ...base.external, 'file:b.csv': two } }, 'file b.csv is new'],
  ['gone file', { external: { 'source sales': 'version 1' } }, 'file data.csv is gone'],
  ['table', { external: { ...base.external, 'source sales': 'version 2' } }, 'source sales changed'],
  ['secret', { secrets: ['TOKEN', 'OTHER'] }, 'secret OTHER is new: true'],
  ['seed', { seed: 1 }, 'the seed changed from 0 to 1'],
];

describe('compareIngredients', () => {
  it.each(changes)('names a changed %s, and the key changes with it', (_, change, sentence) => {
    const after = { ...base, ...change };
    const reasons = compareIngredients(base, after).map(describeReason);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.replace(/sha256:[0-9a-f.]+/g, '#')).toBe(sentence.replace(/sha256:[0-9a-f.]+/g, '#'));
    expect(executionKey(after)).not.toBe(executionKey(base));
    expect(executionKey({ ...after, ...base })).toBe(executionKey(base));
  });

  it('says nothing where nothing changed, whatever the order of members', () => {
    const turned = { ...base, params: { nested: { rate: 0.5 }, rounds: 10 } };
    expect(compareIngredients(base, turned)).toEqual([]);
    expect(executionKey(turned)).toBe(executionKey(base));
  });
});

describe('compareLocks', () => {
  it('names the package, and the interpreter', () => {
    const before = { python: '3.11', packages: { pandas: '2.0', numpy: '1.26' } };
    const after = { python: '3.12', packages: { pandas: '2.1', scipy: '1.0' } };
    expect(compareLocks(before, after).map(describeReason)).toEqual([
      'package numpy is gone (was 1.26)',
      'package pandas changed from 2.0 to 2.1',
      'package scipy is new: 1.0',
      'Python changed from 3.11 to 3.12',
    ]);
    expect(compareLocks(before, before)).toEqual([]);
    expect(compareLocks(null, null)).toEqual([]);
  });
});

describe('codeReasons', () => {
  it('names the file', () => {
    expect(codeReasons([{ path: 'train.py', change: 'changed' }]).map(describeReason)).toEqual(['train.py changed']);
  });
});
