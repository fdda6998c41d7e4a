export {
  type AssertionFacts,
  assertedPredicateTypes,
  assertionStatement,
  type CommittedGate,
  objectivesPredicateType,
  objectivesStatement,
  splitPredicateType,
  testResultPredicateType,
} from './assertion.ts';
export { type Deployment, deploymentPredicateType, deploymentStatement } from './deployment-statement.ts';
export { type Envelope, openEnvelope, parseEnvelope, signEnvelope } from './dsse/envelope.ts';
export { type Erasure, erasurePredicateType, erasureStatement } from './erasure-statement.ts';
export {
  type EndedStep,
  type Functionary,
  type FunctionaryRole,
  isGate,
  type Layout,
  type LayoutStep,
  layoutPredicateType,
  layoutStatement,
  layoutValidityMs,
  type RunEnd,
  runEndPredicateType,
  runEndStatement,
} from './layout/layout.ts';
export { fittingPart, rowsBehind, rowsRead, undivided, type WiredStep } from './layout/rows-behind.ts';
export { openLocalSigner, publicKeyOf, signerOf, signingKeyPath } from './local/local-signer.ts';
export {
  type MonitoringWindow,
  monitoringWindowPredicateType,
  monitoringWindowStatement,
} from './monitoring-statement.ts';
export { type LoggedNumber, recordedByproducts } from './recorded.ts';
export {
  type Reference,
  type ReferencedFile,
  referencePredicateType,
  referenceStatement,
} from './reference-statement.ts';
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
  unsealInto,
  unsealToBuffer,
} from './sealing.ts';
export {
  createSealingKey,
  loadOrCreateSealingKey,
  parseSealingKey,
  SealingKey,
  sealingKeyPath,
} from './sealing-key.ts';
export { envelopeOf, type SignedBody, signStatement } from './sign-statement.ts';
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
  stepBuildType,
} from './statement.ts';
export { notFailed, type TestOutcomes, type TestResult, testResult } from './test-result.ts';
export {
  agreedProperty,
  agreementStatement,
  approvedProperty,
  type OwnerAgreement,
  type PackageVerdict,
  promotedProperty,
  verdictPredicateType,
  verdictStatement,
} from './verdict-statement.ts';
