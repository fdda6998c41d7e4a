import type { ModelRegistry } from '../../../registry/index.ts';
import type { TrackedArtifacts, TrackingStore } from '../../../tracking/index.ts';
import type { TransferLinks } from './transfer-links.ts';

/** What the routes work on. */
export interface ArtifactServices {
  readonly artifacts: TrackedArtifacts;
  readonly links: TransferLinks;
  /** How long an upload may stand still before its connection is closed; 0: for ever. */
  readonly uploadIdleMs: number;
  readonly registry: Pick<ModelRegistry, 'getVersion'>;
  readonly tracking: Pick<TrackingStore, 'getRun' | 'getLoggedModel'>;
}
