import type { Lifecycle, RunInfo, RunStatus } from './entities.ts';

/** What reads a `RunRow`. */
export const runColumns = `r.id, r.run_id, r.experiment_id, r.name, r.user_id, r.status, r.started_at_ms, r.ended_at_ms,
  r.artifact_uri, r.lifecycle`;

/** A row of the table. */
export interface RunRow {
  readonly id: number;
  readonly run_id: string;
  readonly experiment_id: number;
  readonly name: string;
  readonly user_id: string;
  readonly status: RunStatus;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly artifact_uri: string;
  readonly lifecycle: Lifecycle;
}

/** A row in the words of the port. */
export function infoOf(row: RunRow): RunInfo {
  return {
    runId: row.run_id,
    experimentId: String(row.experiment_id),
    name: row.name,
    userId: row.user_id,
    status: row.status,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    artifactUri: row.artifact_uri,
    lifecycle: row.lifecycle,
  };
}
