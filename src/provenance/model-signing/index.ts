export { alwaysIgnored, checkFolder, type FolderCheck, type FolderListing, listFolder } from './check-folder.ts';
export type { FilePart, HashedPart } from './hash-part.ts';
export { hashParts } from './hash-parts.ts';
export {
  type FolderToSign,
  hintOf,
  isBundle,
  modelSignaturePredicateType,
  mostSignatureBytes,
  openFolderSignature,
  type SignedFolder,
  type SignedResource,
  signatureMediaType,
  signFolder,
  usualShardBytes,
} from './signature.ts';
