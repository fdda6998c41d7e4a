import { digestHex, digestOf } from '../encoding/index.ts';

/** The id under which the tracker shows a run or a trial of the record. */
export function trackedRunId(recordId: string): string {
  return digestHex(digestOf(recordId)).slice(0, 32);
}
