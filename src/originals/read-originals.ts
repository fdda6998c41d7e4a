/** Files of the original MLSpec, read as a whole: every document, and everything that is to be said of them. */
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import { codeFrame, type Finding, type Position } from '../spec/index.ts';
import { type Landed, landedOf } from './landings.ts';
import type { MapPart, Span } from './part.ts';
import { type OriginalDocument, readDocument } from './read-document.ts';
import { maximumFileBytes, type Remark, readYamlFile, type YamlFile } from './read-yaml.ts';
import { originalSchemas, recognise } from './recognise.ts';
import { mildRules } from './rules.ts';
import { documentText, pathKey } from './write-yaml.ts';

/** How a file is read. */
export interface ReadOriginalsOptions {
  /** What the file is called in findings. */
  readonly file: string;
  /** Whether credentials in the clear are kept and said, or are errors. */
  readonly credentials: 'refuse' | 'keep';
}

/** A file that was read. */
export interface ReadOriginals {
  /** The documents whose schema is known, in their order, whatever is wrong with them. */
  readonly documents: readonly OriginalDocument[];
  readonly findings: readonly Finding[];
}

const maximumFindings = 200;
const beginning: Position = { line: 1, column: 1, offset: 0, endLine: 1, endColumn: 2 };

/** Reads the bytes of a file: UTF-8, YAML or JSON, one document or several. Never throws. */
export function readOriginals(bytes: Uint8Array, options: ReadOriginalsOptions): ReadOriginals {
  const refuse = (rule: 'original/encoding' | 'original/too-large', message: string, suggestion: string) => ({
    documents: [],
    findings: [
      { rule, severity: 'error' as const, path: [], file: options.file, position: beginning, message, suggestion },
    ],
  });
  if (bytes.length > maximumFileBytes)
    return refuse(
      'original/too-large',
      `the file has ${bytes.length} bytes; at most ${maximumFileBytes} are read`,
      'part it into several files',
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('original/encoding', 'the file is not UTF-8', 'save it as UTF-8');
  }
  return readText(text, options);
}

function readText(text: string, { file, credentials }: ReadOriginalsOptions): ReadOriginals {
  const yaml = readYamlFile(text);
  const findings = yaml.remarks.map((remark) => toFinding(remark, 'error', { file, text, yaml, secret: [] }));
  const documents: OriginalDocument[] = [];
  for (const part of yaml.documents) {
    const read = part === null ? null : readPart(part);
    if (read === null) continue;
    if (read.original !== null) documents.push(read.original);
    const isLoose = read.original?.origin === 'specification';
    const secret = read.credentials.map(yaml.positionOf);
    const told = read.remarks.filter(({ rule }) => rule !== 'original/credential' || credentials === 'refuse');
    findings.push(...told.map((one) => toFinding(one, severityOf(one, isLoose), { file, text, yaml, secret })));
  }
  // An error is never cut away for the sake of a warning.
  const errors = findings.filter(({ severity }) => severity === 'error').slice(0, maximumFindings);
  const others = findings.filter(({ severity }) => severity !== 'error').slice(0, maximumFindings - errors.length);
  return { documents, findings: [...errors, ...others].sort(byPlace) };
}

function byPlace(a: Finding, b: Finding): number {
  return (a.position?.offset ?? 0) - (b.position?.offset ?? 0);
}

function readPart(part: MapPart): {
  readonly original: OriginalDocument | null;
  readonly remarks: readonly Remark[];
  readonly credentials: readonly Span[];
} {
  const recognised = recognise(part);
  return 'schema' in recognised
    ? readDocument(part, recognised.schema)
    : { original: null, remarks: [recognised], credentials: [] };
}

/** The examples of the specification have no schema that a value could be held to. */
function severityOf({ rule }: Remark, isLoose: boolean): Finding['severity'] {
  if (rule === 'original/spelling') return 'note';
  return mildRules.has(rule) || (isLoose && rule === 'original/type') ? 'warning' : 'error';
}

/** Lines that may hold a credential though the document could not be read far enough to know. */
const likeSecret = /secret|passw|token|access_?key|:\/\/[^/\s]*:[^/\s]*@/i;

/** With the line that is meant, unless a credential stands on it. */
function toFinding(
  { rule, path, span, message, suggestion }: Remark,
  severity: Finding['severity'],
  at: { readonly file: string; readonly text: string; readonly yaml: YamlFile; readonly secret: readonly Position[] },
): Finding {
  const position = at.yaml.positionOf(span);
  const isSecret = at.secret.some(({ line, endLine }) => line <= position.line && position.line <= endLine);
  const frame = codeFrame(at.text, position);
  const isShown = !isSecret && !likeSecret.test(frame);
  return { rule, severity, path, file: at.file, position, message, suggestion, ...(isShown ? { frame } : {}) };
}

/** What of a document becomes values and metrics of its step. */
export function landingsOf({ origin, type, document }: OriginalDocument): Landed {
  const schema = originalSchemas.find((one) => one.origin === origin && one.type === type)!;
  return landedOf(document, schema.fields);
}

/** A document as YAML in the one spelling, ending in a line end. */
export function writeOriginal({ document, written }: OriginalDocument): string {
  return documentText(document, new Map(written.map(({ path, text }) => [pathKey(path), text])));
}

/** The record of a document, as it is kept: JSON, its members in the order in which they stood. */
export function originalRecord(original: OriginalDocument): string {
  return `${JSON.stringify({ format: recordFormat, ...original }, null, 2)}\n`;
}

/** A document from its record; null where a text is none. */
export function readOriginalRecord(text: string): OriginalDocument | null {
  let record: JsonValue;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return null;
  const { format, ...original } = record as JsonObject;
  return format === recordFormat ? (original as unknown as OriginalDocument) : null;
}

const recordFormat = 'mlspec-original-1';
