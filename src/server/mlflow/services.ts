import type { JsonObject } from '../../encoding/index.ts';
import type { ModelRegistry } from '../../registry/index.ts';
import type { TrackingStore } from '../../tracking/index.ts';

/** Where a logged model lies. */
export interface LoggedModelPlace {
  readonly artifactUri: string;
  /** Null where no run made it. */
  readonly sourceRunId: string | null;
}

/** What the endpoints work on. */
export interface Services {
  readonly tracking: TrackingStore;
  readonly registry: ModelRegistry;
  /** Null where there is none of that id. */
  findLoggedModel(modelId: string): Promise<LoggedModelPlace | null>;
  /** The signature in the MLmodel file below an address of this server; `{}` where there is none to read. */
  readSignature(artifactUri: string): Promise<JsonObject>;
}
