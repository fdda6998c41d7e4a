export { openLocalSigner } from './local/local-signer.ts';
export type { SealBinding } from './sealed-format.ts';
export { closeWord, openWord } from './sealed-word.ts';
export {
  decryptJson,
  describeSealed,
  encryptJson,
  type SealOptions,
  type SealPaths,
  seal,
  unseal,
  unsealToBuffer,
} from './sealing.ts';
export {
  createSealingKey,
  loadOrCreateSealingKey,
  parseSealingKey,
  SealingKey,
  sealingKeyPath,
} from './sealing-key.ts';
export { keyIdOf, type SignatureAlgorithm, type Signer, type Verifier, verifySignature } from './signer.ts';
export {
  type AttestedArtifact,
  type BuilderIdentity,
  type DigestSet,
  describe,
  type ExecutionFacts,
  executionStatement,
  localBuilderId,
  provenancePredicateType,
  type ResourceDescriptor,
  type Statement,
  type StatementBody,
  statementBody,
  statementPayloadType,
  statementType,
} from './statement.ts';
