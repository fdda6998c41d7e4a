import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `encoding/`: canonical JSON, digests, ids, time, units and protobuf. */
export const encodingCodes = {
  ENCODING_NOT_JSON: {
    kind: 'invalid-input',
    title: 'A value has no JSON form (NaN, an infinity, a function, a cycle, or a lone surrogate).',
    hint: 'Replace the value by null, a string or a finite number.',
  },
  ENCODING_BAD_DIGEST: {
    kind: 'invalid-input',
    title: 'A text is not a digest of the form sha256:<64 lower-case hexadecimal digits>.',
    hint: 'Copy the whole digest, with its sha256: prefix.',
  },
  ENCODING_BAD_QUANTITY: {
    kind: 'invalid-input',
    title: 'A text is not a number with a unit of the expected kind.',
    hint: 'Write a number and a unit, for example 20 ms, 1.5 h, 1d, 512 MiB or 2 GB.',
  },
  ENCODING_BAD_PROTOBUF: {
    kind: 'invalid-input',
    title: 'Bytes are no message of Protocol Buffers, or a field holds a value of another form than its schema says.',
    hint: 'Send the whole message as its writer made it; the message of the error names the byte at which it cannot be read.',
  },
} as const satisfies Record<string, CatalogueEntry>;
