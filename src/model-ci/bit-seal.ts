import { closeWord, openWord, type SealingKey } from '../provenance/index.ts';
import type { BitSeal, ClosedUse } from './ledger.ts';

/** Closes bits with the sealing key of a project. */
export function bitSealOf(key: SealingKey): BitSeal {
  const bindingOf = ({ part, gateDigest, model }: ClosedUse) => ({
    project: 'ledger',
    part,
    context: { gate: gateDigest, model },
  });
  return {
    close: (use, bit) => closeWord(bit, key, bindingOf(use)),
    open: (use, closed) => openWord(closed, ['pass', 'fail'], { key, binding: bindingOf(use) }),
  };
}
