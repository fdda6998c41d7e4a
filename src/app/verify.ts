import { type Digest, digestOf, now } from '../encoding/index.ts';
import type { RunStatementRecord, StatementRecord } from '../metadata/index.ts';
import { envelopeOf } from '../provenance/index.ts';
import { readTrust } from '../provenance/keys/index.ts';
import type { FoundEntry } from '../provenance/log/index.ts';
import {
  firstPlace,
  isOfOther,
  openTypes,
  type Presented,
  type RunEvidence,
  type RunVerdict,
  verifyRun,
} from '../provenance/verify/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { readGateUses } from './read-gate-uses.ts';
import { readOnRecord } from './read-on-record.ts';
import { withRecord } from './records.ts';
import { type LogView, viewLog } from './view-log.ts';

/**
 * Whether a run did what its layout says, by its statements, its artifacts, the log's files and the keys that this user
 * trusts.
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS, PROVENANCE_TRUST_BAD; CANCELED by the signal
 */
export async function verifyRecordedRun(
  config: Config,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RunVerdict> {
  return await withRecord(config, async (record) => {
    const trust = await readTrust(config.keysDir);
    const { id } = await record.metadata.getRun(name);
    return await verifyRun(await presentRun(record, id, await viewLog(config, trust)), {
      trust,
      nowMs: now(),
      checkArtifact: ({ digest, kind }) => record.artifacts.verify(digest, { kind, ...options }),
    });
  });
}

/** What a record has to show for a run. */
export async function presentRun(record: ProjectRecord, run: string, log: LogView | null): Promise<RunEvidence> {
  const { metadata } = record;
  const present = (statement: Pick<StatementRecord, 'body' | 'signatures' | 'digest' | 'logPlace'>): Presented => ({
    envelope: envelopeOf(statement),
    place: placeOf(log, statement),
  });
  const own = await metadata.statements(run);
  const about = (await metadata.runStatements(run)).map(present);
  const executions = own.map(present);
  const originals = (await originalsOf(record, own)).map(present);
  const from = firstPlace([...about, ...executions, ...originals]) ?? 0;
  const entries = log?.entriesFrom(from) ?? null;
  const hasGate = [...about, ...originals].some((one) => isOfGate(one));
  return {
    ...{ run, about, executions, originals },
    origin: log?.origin ?? null,
    witnesses: log?.witnesses ?? [],
    logged: entries === null ? null : { from, entries, ofOthers: await findOfOthers(record, run, entries) },
    recorded: await readOnRecord(record, run),
    ...(hasGate ? { gateUses: await readGateUses(record, log) } : {}),
  };
}

/** Whether the text of a statement may be that of a gate. */
function isOfGate({ envelope }: Presented): boolean {
  return Buffer.from(envelope.payload, 'base64').includes('"mlspec_gate"');
}

/** Of statements whose entries do not say their run, the digests of those whose text names another. */
async function findOfOthers(
  record: ProjectRecord,
  run: string,
  entries: readonly FoundEntry[],
): Promise<ReadonlySet<Digest>> {
  const texts = await untoldTexts(record, run, entries);
  return new Set(texts.map((body) => digestOf(body)));
}

/** Texts of statements of other runs whose entries do not say so; of those types alone of which a run cannot list its own. */
export async function untoldTexts(
  { metadata }: ProjectRecord,
  run: string,
  entries: readonly FoundEntry[],
): Promise<string[]> {
  const untold = new Set(entries.filter((entry) => entry.run === undefined).map(({ statement }) => statement));
  if (untold.size === 0) return [];
  const known = (await Promise.all(openTypes.map((type) => metadata.statementsOfType(type)))).flat();
  return known.filter(({ digest, body }) => untold.has(digest) && isOfOther(body, run)).map(({ body }) => body);
}

/** The statements that reused results name, of other runs, and those of what was found then. */
export async function originalsOf(
  { metadata }: ProjectRecord,
  executions: readonly StatementRecord[],
): Promise<(StatementRecord | RunStatementRecord)[]> {
  const ids = executions.flatMap(({ body }) => /"reusedFrom":\{"executionId":"(exe_\w+)"/.exec(body)?.[1] ?? []);
  const found = await Promise.all(
    [...new Set(ids)].map(async (id) => [await metadata.statementOf(id), ...(await metadata.assertionsOf(id))]),
  );
  return found.flat().filter((statement) => statement !== null);
}

function placeOf(
  log: LogView | null,
  { digest, logPlace }: Pick<StatementRecord, 'digest' | 'logPlace'>,
): number | null {
  return log !== null && logPlace !== null && log.holds(logPlace, digest) ? logPlace : null;
}
