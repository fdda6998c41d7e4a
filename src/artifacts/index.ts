export type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  PutOptions,
  ReadOptions,
  StoredContent,
  StoredItem,
  StoreOptions,
  TreeEntry,
} from './artifact-store.ts';
export { type CollectionPlan, planCollection, removeCollected } from './collection.ts';
export { createLocalArtifacts } from './local/local-artifacts.ts';
export { openStatCache, type StatCache } from './stat-cache.ts';
export { formatManifest, isSafeTreePath, parseManifest } from './tree-manifest.ts';
