import { expect, test } from 'vitest';
import { toTableError } from './engine-error.ts';

test.each([
  ['IO Error: Could not write file "x": No space left on device', 'TABLE_DISK_FULL'],
  ['Out of Memory Error: failed to allocate data of size 16.0 MiB', 'TABLE_OUT_OF_MEMORY'],
  [
    'Permission Error: Cannot access file "/etc/passwd" - file system operations are disabled',
    'TABLE_FILE_NOT_ALLOWED',
  ],
  ['IO Error: No files found that match the pattern "none.csv"', 'TABLE_FILE_UNREADABLE'],
  ['Binder Error: Referenced column "a" not found', 'TABLE_QUERY_FAILED'],
  ['INTERRUPT Error: Interrupted!', 'CANCELED'],
])('%s', (message, code) => {
  expect(toTableError(new Error(message), 'SELECT 1')).toMatchObject({ code });
});

test('whatever fails while a signal asks to end is a cancellation', () => {
  expect(toTableError(new Error('IO Error: x'), 'SELECT 1', AbortSignal.abort())).toMatchObject({ code: 'CANCELED' });
});
