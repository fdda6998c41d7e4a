import type { AliasRequests, ModelRegistry } from '../../registry/index.ts';
import type { TextSearch } from '../../search/index.ts';
import type { TraceStore, TrackedArtifacts, TrackingStore, WebhookStore } from '../../tracking/index.ts';

/** What the endpoints work on. */
export interface Services {
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
  readonly registry: ModelRegistry;
  readonly webhooks: WebhookStore;
  readonly traces: TraceStore;
  /** Left out: protected aliases move by no request. */
  readonly approvals?: AliasRequests;
  /** Left out: nothing is found in words. */
  readonly textSearch?: TextSearch;
}
