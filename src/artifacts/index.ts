export type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  LinkOptions,
  PutOptions,
  ReadOptions,
  StoredContent,
  StoredItem,
  StoreOptions,
  TreeEntry,
} from './artifact-store.ts';
export { type CollectionPlan, planCollection, removeCollected } from './collection.ts';
export { measureStream } from './files/measure-stream.ts';
export { createLocalArtifacts } from './local/local-artifacts.ts';
export { parseS3Location, type S3Settings } from './s3/settings.ts';
export type { S3Credentials } from './s3/signature.ts';
export { openStatCache, type StatCache } from './stat-cache.ts';
export { formatManifest, isSafeTreePath, parseManifest } from './tree-manifest.ts';
