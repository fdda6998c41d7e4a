import type { FastifyRequest } from 'fastify';
import type { TrackedArtifacts } from '../../../tracking/index.ts';
import type { MessageLimits } from '../read-message.ts';
import type { Services } from '../services.ts';
import type { TransferLinks } from './transfer-links.ts';

/** What the routes work on. */
export interface ArtifactServices {
  /** The stores as whoever calls sees them. */
  readonly servicesFor: (request: FastifyRequest) => Services;
  /** What links lead to, which are a permission of their own. */
  readonly linked: TrackedArtifacts;
  readonly links: TransferLinks;
  /** How bodies that are messages are limited; those that are files are not held. */
  readonly limits: MessageLimits | undefined;
  /** How long an upload may stand still before its connection is closed; 0: for ever. */
  readonly uploadIdleMs: number;
}
