import { describe, expect, test } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.ts';

/* Values of RFC 3720, appendix B.4. */
describe('crc32c', () => {
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['rising', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['falling', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['the check value', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('%s', (_, bytes, expected) => expect(crc32c(bytes)).toBe(expected));

  /* What precedes the first payload of every event file that TensorBoard writes: length 24 and its masked sum. */
  test('masked', () => {
    const length = Buffer.from('1800000000000000', 'hex');
    expect(maskedCrc32c(length)).toBe(0x224b7fa3);
  });
});
