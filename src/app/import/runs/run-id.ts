import { digestHex, digestJson } from '../../../encoding/index.ts';

/** The id of a run that another tracker kept: 32 hexadecimal digits that follow from what names it there. */
export function importedRunId(tracker: string, names: readonly string[]): string {
  return digestHex(digestJson([tracker, ...names])).slice(0, 32);
}
