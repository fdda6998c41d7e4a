import { digestOf } from '../encoding/index.ts';
import { testResultPredicateType } from '../provenance/index.ts';
import { type GateUse, type GateUses, readGateUse } from '../provenance/verify/index.ts';
import type { ProjectRecord } from './project-record.ts';
import type { LogView } from './view-log.ts';

/** What gates of every run of a record stated, by the entries of its log; null where the log cannot be read. */
export async function readGateUses({ metadata }: ProjectRecord, log: LogView | null): Promise<GateUses | null> {
  const entries = log?.entriesFrom(0) ?? null;
  if (entries === null) return null;
  const stated = await metadata.statementsOfType(testResultPredicateType);
  const known = new Map(stated.map(({ body }) => [digestOf(body), body]));
  const [uses, unseen]: [GateUse[], number[]] = [[], []];
  for (const { place, statement, predicateType } of entries) {
    if (predicateType !== testResultPredicateType) continue;
    const body = known.get(statement);
    const predicate = body === undefined ? undefined : predicateOf(body);
    const use = readGateUse(predicate);
    if (predicate === undefined) unseen.push(place);
    else if (use !== null) uses.push({ statement, place, ...use });
  }
  return { uses, unseen };
}

function predicateOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { predicate?: unknown }).predicate;
  } catch {
    return undefined;
  }
}
