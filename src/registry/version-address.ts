import { type Digest, digestHex } from '../encoding/index.ts';
import type { ModelVersion } from './model-registry.ts';

/** Where a version lies, as whoever registered it said; a package lies below the artifacts of the tracking server. */
export function sourceOf({ source, packageDigest }: Pick<ModelVersion, 'source' | 'packageDigest'>): string {
  return source ?? (packageDigest === null ? '' : packageUri(packageDigest));
}

/** The address of a package among the artifacts of the tracking server. */
export function packageUri(digest: Digest): string {
  return `mlflow-artifacts:/packages/${digestHex(digest)}`;
}
