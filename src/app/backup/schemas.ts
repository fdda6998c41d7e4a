import { accessSchema } from '../../access/index.ts';
import type { SchemaOwner } from '../../database/index.ts';
import { metadataSchema } from '../../metadata/index.ts';
import { registrySchema } from '../../registry/index.ts';
import { searchSchema } from '../../search/index.ts';
import {
  artifactPathsSchema,
  importProgressSchema,
  removalSchema,
  traceSchema,
  trackingSchema,
  webhookSchema,
} from '../../tracking/index.ts';

/** Everybody who has tables in a record's database, each after those whose tables its own refer to. */
export const recordSchemas: readonly SchemaOwner[] = [
  metadataSchema,
  webhookSchema,
  trackingSchema,
  artifactPathsSchema,
  removalSchema,
  traceSchema,
  registrySchema,
  accessSchema,
  importProgressSchema,
  searchSchema,
];

/** Tables into which their making puts rows: they are not empty where nothing was kept yet. */
export const seededTables = ['log_size'];

/**
 * Tables that are not backed up: those that are made of others, which are filled again where a backup is restored; what says
 * where content lies, which is elsewhere then; and sessions of browsers: whoever was signed in signs in again.
 */
export function isLeftOut(table: string): boolean {
  return table.startsWith('search_') || table === 'artifact_places' || table === 'access_sessions';
}
