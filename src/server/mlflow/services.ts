import type { ModelRegistry } from '../../registry/index.ts';
import type { TrackedArtifacts, TrackingStore, WebhookStore } from '../../tracking/index.ts';

/** What the endpoints work on. */
export interface Services {
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
  readonly registry: ModelRegistry;
  readonly webhooks: WebhookStore;
}
