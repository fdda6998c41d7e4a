export {
  addSignatures,
  extendLog,
  type LogGrowth,
  partOfLog,
  readCheckpoint,
  readEntries,
  tileReader,
} from '../local/log-folder.ts';
export { type FoundEntry, readLogEntry } from '../log-entry.ts';
export {
  type CheckedCheckpoint,
  type Checkpoint,
  formatCheckpoint,
  formatProof,
  type LogPolicy,
  type LogProof,
  openCheckpoint,
  openProof,
  parseCheckpoint,
  parseProof,
} from './checkpoint.ts';
export {
  consistencyProof,
  type Hash,
  hashLeaf,
  inclusionProof,
  rootHash,
  type TreeStep,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
export {
  checkNote,
  cosignNote,
  formatVerifierKey,
  type NoteKey,
  noteKeyOf,
  parseNote,
  parseVerifierKey,
} from './signed-note.ts';
export {
  type CosignRequest,
  decideCosign,
  formatCosignRequest,
  originOf,
  parseCosignRequest,
  type Seen,
  witnessKeysOf,
  witnessNameOf,
} from './witness.ts';
