import { expect, test } from 'vitest';
import { writtenCheck } from './checks.ts';

const own = { timeoutMs: 600_000, memoryBytes: 2 * 1024 ** 3 };

test.each([
  ['x > 0', { that: 'x > 0', own: null }],
  [
    { sql: 'SELECT 1', that: 'value > 0' },
    { that: 'value > 0', own: { kind: 'sql', sql: 'SELECT 1', ...own } },
  ],
  [{ failing: 'FROM data' }, { that: null, own: { kind: 'failing', sql: 'FROM data', ...own } }],
  [
    { python: 'lib/checks.py:late', timeout: '30 s', limits: { memory: '1 GiB' } },
    {
      that: null,
      own: { kind: 'python', module: 'lib/checks.py', function: 'late', timeoutMs: 30_000, memoryBytes: 1024 ** 3 },
    },
  ],
  [
    { typescript: 'checks.ts#late', that: 'value' },
    { that: 'value', own: { kind: 'typescript', file: 'checks.ts', export: 'late', ...own } },
  ],
])('%j is read', (written, expected) => {
  expect(writtenCheck.parse(written)).toMatchObject(expected);
});

test.each([
  [{}, /expected that, or one of sql/],
  [{ why: 'because' }, /expected that, or one of sql/],
  [{ sql: 'SELECT 1' }, /expected that with what it must be/],
  [{ failing: 'FROM data', that: 'value > 1' }, /expected no that/],
  [{ failing: 'FROM data', of: 'all' }, /expected no of: all/],
  [{ sql: 'SELECT 1', failing: 'FROM data', that: 'value' }, /found sql and failing/],
  [{ python: 'a.py:f', typescript: 'a.ts#f' }, /found python and typescript/],
  [{ python: 'a.py:f', that: 'value > 1', tolerance: '5%' }, /expected no tolerance/],
  [{ that: 'x > 0', timeout: '1 s' }, /timeout is of checks by sql/],
  [{ that: 'x > 0', limits: { memory: '1 GiB' } }, /limits is of checks by sql/],
  [{ python: 'a.py' }, /expected module:function or file.py:function/],
  [{ typescript: 'a.ts:f' }, /expected file.ts#function/],
])('%j is none, and says why', (written, says) => {
  const { success, error } = writtenCheck.safeParse(written);
  expect(success).toBe(false);
  expect(JSON.stringify(error!.issues)).toMatch(says);
});
