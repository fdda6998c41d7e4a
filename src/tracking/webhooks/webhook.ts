import type { Page } from '../entities.ts';
import type { EventName } from './event-names.ts';

/** Whether a webhook is told of events. */
export const webhookStatuses = ['ACTIVE', 'DISABLED'] as const;
/** One of them. */
export type WebhookStatus = (typeof webhookStatuses)[number];

/** An address that is told of events. Its secret is in no record: nobody is told it again. */
export interface Webhook {
  readonly webhookId: string;
  readonly name: string;
  readonly url: string;
  readonly description: string | null;
  readonly status: WebhookStatus;
  /** At least one, each once, in the order in which they were given. */
  readonly events: readonly EventName[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A webhook to be made. Whether its address may be talked to is the caller's to check. */
export interface NewWebhook {
  /** Letters, digits, `.`, `_` and `-`, 63 at most, the first and the last a letter or digit. */
  readonly name: string;
  readonly url: string;
  readonly events: readonly EventName[];
  readonly description?: string | undefined;
  /** Signs what is sent; without one nothing is signed. */
  readonly secret?: string | undefined;
  /** Default ACTIVE. */
  readonly status?: WebhookStatus | undefined;
}

/** What is to be changed; what is left out stays. An empty secret takes it away. */
export type WebhookChange = { readonly [Name in keyof NewWebhook]?: NewWebhook[Name] | undefined };

/** Where a message goes and what signs it. */
export interface WebhookTarget {
  readonly url: string;
  /** Null: it is not signed. */
  readonly secret: string | null;
}

/**
 * Encrypts secrets before the database sees them. What was sealed for one webhook opens for no other one.
 */
export interface WebhookSecrets {
  seal(secret: string, webhookId: string): Promise<string>;
  /** @throws PlatformError PROVENANCE_SEAL_WRONG_KEY, PROVENANCE_SEAL_OTHER_PART, PROVENANCE_SEAL_BROKEN and those of keys */
  open(sealed: string, webhookId: string): Promise<string>;
}

/** What waits for a webhook and what was given up. */
export interface DeliveryCounts {
  readonly pending: number;
  readonly dead: number;
  /** Why the last attempt that failed did, of what is still here; null where none did. */
  readonly lastError: string | null;
}

/** One message on its way. */
export interface Delivery extends WebhookTarget {
  readonly id: number;
  /** The same at every attempt. */
  readonly deliveryId: string;
  readonly webhookId: string;
  /** Why it cannot be signed as it has to be, and so must not be sent; null where it can. */
  readonly unsendable: string | null;
  /** JSON, as it is sent. */
  readonly body: string;
  /** This one included. */
  readonly attempts: number;
  readonly createdAtMs: number;
  /** Until when it is the caller's: what it must still be for the attempt to count. */
  readonly leaseUntilMs: number;
}

/** How a claim is made. */
export interface ClaimOptions {
  readonly nowMs: number;
  /** How long the delivery is the caller's; then others may take it. */
  readonly leaseMs: number;
  /** After how many attempts at a delivery the next ones no longer wait for it. */
  readonly orderedAttempts: number;
}

/** How an attempt that failed goes on: again at a time, or not at all. */
export interface FailedAttempt {
  readonly error: string;
  readonly nowMs: number;
  /** Null: given up. */
  readonly retryAtMs: number | null;
}

/** Webhooks and what waits to be sent to them. */
export interface WebhookStore {
  /** @throws PlatformError TRACKING_BAD_VALUE */
  create(webhook: NewWebhook): Promise<Webhook>;
  /** @throws PlatformError TRACKING_UNKNOWN */
  get(webhookId: string): Promise<Webhook>;
  /** The newest first. @param limit 1 to 1000 @throws PlatformError TRACKING_BAD_VALUE, TRACKING_BAD_PAGE */
  list(limit: number, pageToken?: string): Promise<Page<Webhook>>;
  /** @throws PlatformError TRACKING_BAD_VALUE, TRACKING_UNKNOWN */
  update(webhookId: string, change: WebhookChange): Promise<Webhook>;
  /** With what still waits for it. @throws PlatformError TRACKING_UNKNOWN */
  remove(webhookId: string): Promise<void>;
  /** For whoever sends. @throws PlatformError TRACKING_UNKNOWN */
  targetOf(webhookId: string): Promise<WebhookTarget>;
  /** What waits and what was given up, of all webhooks. */
  outbox(): Promise<Pick<DeliveryCounts, 'pending' | 'dead'>>;
  /** Zeros for a webhook that is not there. */
  countsOf(webhookId: string): Promise<DeliveryCounts>;

  /**
   * Takes the next delivery that is due, for a while in which nobody else takes it: of each webhook the oldest first. Null
   * where none is due. Two processes that ask at once never get the same.
   */
  claim(options: ClaimOptions): Promise<Delivery | null>;
  /** The delivery arrived. */
  delivered(delivery: Delivery): Promise<void>;
  /** The attempt failed. Nothing happens where the lease has passed to somebody else. */
  failed(delivery: Delivery, attempt: FailedAttempt): Promise<void>;
  /** Makes due what processes of this machine had claimed that are no longer there. */
  releaseDead(nowMs: number): Promise<void>;
}
