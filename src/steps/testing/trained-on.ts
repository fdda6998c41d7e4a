/*
 * Whether a registered model may have seen rows of the part that is to judge it. Three answers, from the cheapest on:
 * the rule of the split gives every key the same part for ever; or it is the very same split, whose parts were proved to
 * share no key; or the rows that were open to the model are still kept and are compared with those of the part. Where
 * none of them can be given, nothing the model is compared by can be certified.
 */
import { rowText } from '../../data-quality/index.ts';
import { canonicalJson, type Digest, type JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput, RegisteredBaseline, StepContext } from '../../pipeline/index.ts';
import { type Field, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { type RegisteredModel, registeredPorts } from '../registered-models.ts';

/** How the data were divided for a registered model, as a gate's parameters say it. */
export interface DividedBefore {
  /** Whether the rule alone keeps every key in the part where it was. */
  readonly byRule: boolean;
  /** Digest of its split. */
  readonly split: Digest;
  /** Whether the rows that were open to it are kept. */
  readonly isKept: boolean;
}

/** What tells apart what registered models saw, by their input ports: parameters, and the rows as inputs. */
export function draftDivided(
  graph: GraphBuilder,
  needed: ReadonlySet<string>,
): { readonly divided: Record<string, DividedBefore>; readonly inputs: Record<string, PlanInput> } {
  const divided: Record<string, DividedBefore> = {};
  const inputs: Record<string, PlanInput> = {};
  for (const [port, registered] of Object.entries(registeredPorts(graph, needed))) {
    const { openParts, split } = registered;
    const byRule = keepsParts(registered, graph.params('splitting'));
    divided[port] = { byRule, split: split.digest, isKept: openParts !== null };
    if (!byRule && openParts !== null)
      inputs[rowsPort(port)] = { type: 'Dataset', sources: [], many: true, pinned: openParts };
  }
  return { divided, inputs };
}

function rowsPort(port: string): string {
  return `${port}.rows`;
}

/** A hash of a key or of a column depends on nothing but its value and the salt; a hash of the whole row on its columns too. */
function keepsParts({ split }: RegisteredBaseline, now: JsonObject | null): boolean {
  if (now === null || canonicalJson(split.params) !== canonicalJson(now)) return false;
  const { by, column, key } = now as { by?: unknown; column?: unknown; key?: unknown };
  const isHash = by === 'hash' || by === 'group';
  return isHash && (typeof column === 'string' || (Array.isArray(key) && key.length > 0));
}

/** Whether it can be told, now or once the part is open, which of its rows a registered model saw. */
export function canBeTold(divided: DividedBefore, context: StepContext): boolean {
  return divided.byRule || divided.isKept || isSameSplit(divided, context);
}

function isSameSplit(divided: DividedBefore, context: StepContext): boolean {
  return divided.split === context.inputs['split']![0]!.digest;
}

/** What the rows of a part are compared by. */
export interface OpenedPart {
  /** The plain rows. */
  readonly plain: string;
  /** Columns that name a thing; without them whole rows are compared. */
  readonly key: readonly string[];
}

/** Whether rows of the opened part were open to a registered model; true too where it cannot be told. */
export async function wasTrainedOn(
  { plain, key }: OpenedPart,
  model: RegisteredModel & { readonly divided: DividedBefore },
  work: { readonly engine: QueryEngine; readonly context: StepContext },
): Promise<boolean> {
  const { divided, port } = model;
  const { engine, context } = work;
  if (divided.byRule || isSameSplit(divided, context)) return false;
  const known = context.inputs[rowsPort(port)] ?? [];
  if (known.length === 0) return true;
  const texts = await rowsAsText(engine, [plain, ...known.map((input) => input.path)], key);
  if (texts === null) return true;
  const [own, ...seen] = texts;
  const [row] = await engine.rows(
    `SELECT count(*) AS n FROM (SELECT text FROM (${own}) INTERSECT SELECT text FROM (${seen.join(' UNION ALL ')}))`,
    { signal: context.signal },
  );
  return Number(row!['n']) > 0;
}

/** Queries for the texts of keys, or of whole rows, of several files; null where their columns cannot be compared. */
async function rowsAsText(
  engine: QueryEngine,
  paths: readonly string[],
  key: readonly string[],
): Promise<string[] | null> {
  const queries: string[] = [];
  let first: readonly Field[] | null = null;
  for (const path of paths) {
    const { fields } = await engine.describe(`SELECT * EXCLUDE (__row) FROM ${parquetSource(path)}`);
    const compared = key.length === 0 ? fields : key.flatMap((name) => fields.find((one) => one.name === name) ?? []);
    first ??= compared;
    if (typesText(compared) !== typesText(first)) return null;
    queries.push(`SELECT ${rowText(compared)} AS text FROM ${parquetSource(path)}`);
  }
  return queries;
}

function typesText(fields: readonly Field[]): string {
  return canonicalJson(fields.map(({ name, type }) => [name, type]));
}
