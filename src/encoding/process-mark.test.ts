import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isProcessAlive, processMark } from './process-mark.ts';

test('a process has one mark, and another process another one', async () => {
  const child = spawn('sleep', ['60']);
  const mark = processMark(child.pid!)!;
  expect(mark).toMatch(/^[\w-]+:\d+:\d+$/);
  expect(processMark(child.pid!)).toBe(mark);
  expect(isProcessAlive(child.pid!, mark)).toBe(true);
  expect(isProcessAlive(child.pid!, null)).toBe(true);
  const earlier = mark.replace(/\d+$/, (start) => String(Number(start) - 1));
  expect(isProcessAlive(child.pid!, earlier)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isProcessAlive(child.pid!, mark)).toBe(false);
  expect(isProcessAlive(child.pid!, null)).toBe(false);
  expect(processMark(child.pid!)).toBe(null);
});

test('of a process on another start of the machine, or in another container, nothing is said', () => {
  const [boot, namespace, start] = processMark(process.pid)!.split(':');
  expect(isProcessAlive(process.pid, `${boot}:${Number(namespace) + 1}:${start}`)).toBe(null);
  expect(isProcessAlive(process.pid, `other-boot:${namespace}:${start}`)).toBe(null);
  expect(isProcessAlive(1, null)).toBe(true);
});
