export { checkImporters, importChecks } from './import-checks.ts';
export {
  type CheckImporter,
  type CheckOrigin,
  checkOrigins,
  type ImportedChecks,
  type ImportedStatement,
  type ImportOptions,
  type KnownKind,
} from './imported.ts';
export { type ContractPart, type WrittenContract, writeContract } from './odcs/write-contract.ts';
export { writeImportedChecks } from './write-checks-file.ts';
