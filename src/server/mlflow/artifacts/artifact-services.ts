import type { ModelRegistry } from '../../../registry/index.ts';
import type { TrackedArtifacts, TrackingStore } from '../../../tracking/index.ts';
import type { TransferLinks } from './transfer-links.ts';

/** What the routes work on. */
export interface ArtifactServices {
  readonly artifacts: TrackedArtifacts;
  readonly links: TransferLinks;
  readonly registry: Pick<ModelRegistry, 'getVersion'>;
  readonly tracking: Pick<TrackingStore, 'getRun' | 'getLoggedModel'>;
}
