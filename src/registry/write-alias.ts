import type { Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { announceAlias } from './announce.ts';
import type { VersionKey } from './model-registry.ts';

/** Points an alias at a version, away from where it pointed before. */
export async function writeAlias(session: Session, key: VersionKey, alias: string): Promise<void> {
  await session.run(
    `insert into model_aliases (model, alias, ordinal, updated_at_ms) values (?, ?, ?, ?)
     on conflict (model, alias) do update set ordinal = excluded.ordinal, updated_at_ms = excluded.updated_at_ms`,
    [key.model, alias, key.ordinal, now()],
  );
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [now(), key.model]);
  await announceAlias(session, key, alias);
}
