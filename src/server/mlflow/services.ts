import type { TrackingStore } from '../../tracking/index.ts';

/** What the endpoints work on. */
export interface Services {
  readonly tracking: TrackingStore;
}
