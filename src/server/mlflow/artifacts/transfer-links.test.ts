import { afterEach, expect, test, vi } from 'vitest';
import { digestOf, secureRandomBytes } from '../../../encoding/index.ts';
import { createTransferLinks } from './transfer-links.ts';

const links = createTransferLinks(secureRandomBytes(32));
const file = { digest: digestOf('x'), sizeBytes: 1, name: 'ü & = + %.txt' };
const bad = expect.objectContaining({ code: 'TRACKING_BAD_LINK' });
const fieldsOf = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query));

afterEach(() => {
  vi.useRealTimers();
});

test('a link says what it was made for, also to another server with the same key', () => {
  expect(links.readFile(fieldsOf(links.toRead(file)))).toEqual(file);
  const part = { uploadId: 'upload_1', part: 12 };
  const key = secureRandomBytes(32);
  expect(createTransferLinks(key).readPart(fieldsOf(createTransferLinks(key).toSend(part)))).toEqual(part);
});

test('it opens nothing else, nowhere else, and not when any of it was changed', () => {
  const fields = fieldsOf(links.toRead(file));
  expect(() => links.readPart(fields)).toThrow(bad);
  expect(() => links.readFile(fieldsOf(links.toSend({ uploadId: 'a', part: 1 })))).toThrow(bad);
  expect(() => createTransferLinks(secureRandomBytes(32)).readFile(fields)).toThrow(bad);
  for (const name of Object.keys(fields)) {
    expect(() => links.readFile({ ...fields, [name]: `${fields[name]}1` }), name).toThrow(bad);
    expect(() => links.readFile({ ...fields, [name]: undefined }), name).toThrow(bad);
    expect(() => links.readFile({ ...fields, [name]: [fields[name], 'x'] }), name).toThrow(bad);
  }
});

test('it expires', () => {
  vi.useFakeTimers();
  const [toRead, toSend] = [fieldsOf(links.toRead(file)), fieldsOf(links.toSend({ uploadId: 'a', part: 1 }))];
  vi.advanceTimersByTime(3600 * 1000);
  expect(links.readFile(toRead)).toEqual(file);
  vi.advanceTimersByTime(1);
  expect(() => links.readFile(toRead)).toThrow('the link has expired');
  expect(links.readPart(toSend).part).toBe(1);
  vi.advanceTimersByTime(7 * 24 * 3600 * 1000);
  expect(() => links.readPart(toSend)).toThrow('the link has expired');
});
