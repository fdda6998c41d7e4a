import type { JsonObject, JsonValue } from '../encoding/index.ts';
import type { ArtifactRecord } from '../metadata/index.ts';
import { compareColumns, describeReason, fileIdentity, type Reason } from '../pipeline/index.ts';
import type { ProjectRecord } from './project-record.ts';
import type { PortArtifact, RecordedStep } from './records.ts';

const mostDetails = 5;
/** Where validation keeps the schema that it read, of the file that its parameter `schema` names. */
const keptSchemaPort = 'artifacts/schema.json';

/** Two executions of one step. */
export interface Compared {
  readonly before: RecordedStep;
  readonly after: RecordedStep;
}

/** A reason as a sentence; of other content it says which columns of a table or schema, or how many rows, are others. */
export async function describeInDetail(record: ProjectRecord, reason: Reason, compared: Compared): Promise<string> {
  const details = (await detailsOf(record, reason, compared)).map(describeReason);
  if (details.length === 0) return describeReason(reason);
  const more = details.length > mostDetails ? [`and ${details.length - mostDetails} more`] : [];
  return `${describeReason(reason)}: ${[...details.slice(0, mostDetails), ...more].join('; ')}`;
}

async function detailsOf(record: ProjectRecord, reason: Reason, { before, after }: Compared): Promise<Reason[]> {
  if (reason.before === null || reason.now === null) return [];
  if (after.execution.kind === 'validation' && reason.name === fileIdentity(String(after.execution.params['schema'])))
    return await compareContent(record, [before.outputs, after.outputs], { port: keptSchemaPort, index: 0 });
  if (reason.what !== 'input') return [];
  const places = after.inputs.filter((one) => one.port === reason.name);
  const differences = places.map((place) => compareContent(record, [before.inputs, after.inputs], place));
  return (await Promise.all(differences)).flat();
}

async function compareContent(
  record: ProjectRecord,
  [before, after]: readonly [readonly PortArtifact[], readonly PortArtifact[]],
  place: Pick<PortArtifact, 'port' | 'index'>,
): Promise<Reason[]> {
  const at = (ports: readonly PortArtifact[]): ArtifactRecord | undefined =>
    ports.find((one) => one.port === place.port && one.index === place.index)?.artifact;
  const [left, right] = [at(before), at(after)];
  if (left === undefined || right === undefined || left.digest === right.digest) return [];
  const [leftColumns, rightColumns] = [await columnsOf(record, left), await columnsOf(record, right)];
  const columns = leftColumns === null || rightColumns === null ? [] : compareColumns(leftColumns, rightColumns);
  return [...columns, ...compareRowCounts(left.properties['rowCount'], right.properties['rowCount'])];
}

function compareRowCounts(before: JsonValue | undefined, now: JsonValue | undefined): Reason[] {
  if (typeof before !== 'number' || typeof now !== 'number' || before === now) return [];
  return [{ what: 'rows', name: 'rows', before, now }];
}

/** What is said of each column of a table or a schema; null where nothing is known of columns. */
async function columnsOf(record: ProjectRecord, artifact: ArtifactRecord): Promise<JsonObject | null> {
  const { columns, features } = artifact.properties;
  if (Array.isArray(columns)) return Object.fromEntries(columns.map(toNamed));
  if (Array.isArray(features)) return Object.fromEntries(features.map((name) => [String(name), 'a feature']));
  if (artifact.kind !== 'file' || !['Schema', 'File'].includes(artifact.type)) return null;
  try {
    const document = JSON.parse((await record.artifacts.read(artifact.digest)).toString('utf8')) as JsonObject;
    return isObject(document['columns']) ? document['columns'] : null;
  } catch {
    // Collected, or no such document: that it is another one is known all the same.
    return null;
  }
}

function toNamed(column: JsonValue): [string, JsonValue] {
  const { name, ...rest } = isObject(column) ? column : { name: String(column) };
  return [String(name), rest['type'] ?? { ...rest }];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
