import type { Session } from '../database/index.ts';
import type { Holds } from '../tracking/index.ts';

interface VersionRow {
  readonly model: string;
  readonly ordinal: number;
  readonly run_id: string | null;
  readonly model_id: string | null;
  readonly source: string | null;
  readonly storage_location: string | null;
}

/**
 * What registered versions need of the tracker: the run and the logged model that they name, and whatever their addresses
 * lead to, in any form: `runs:/ID/model`, `models:/m-ID`, `mlflow-artifacts:/1/ID/artifacts/model`.
 * @param lock `postgres`: in this transaction, until whose end no version is registered; SQLite has one writer anyway
 */
export async function holdsOfVersions(session: Session, lock: 'postgres' | null): Promise<Holds> {
  if (lock === 'postgres') await session.run('lock table model_versions in share row exclusive mode');
  const sql = `select model, ordinal, run_id, model_id, source, storage_location from model_versions
    where deleted_at_ms is null order by model, ordinal`;
  const byName = new Map<string, string>();
  const addresses: { readonly address: string; readonly version: string }[] = [];
  for (const row of await session.all<VersionRow>(sql)) {
    const version = `version ${row.ordinal} of the registered model ${row.model}`;
    for (const address of [row.source, row.storage_location]) {
      if (address === null) continue;
      addresses.push({ address, version });
      for (const part of address.split(/[/:?#]+/)) byName.set(part, version);
    }
    for (const name of [row.run_id, row.model_id]) if (name !== null) byName.set(name, version);
  }
  return ({ kind: of, id, artifactUri }) => {
    // The number of an experiment may stand in any address.
    const holder =
      of === 'experiment'
        ? addresses.find(({ address }) => address.startsWith(`${artifactUri}/`))?.version
        : byName.get(id);
    return holder === undefined ? null : `${holder} names it; delete that version first`;
  };
}
