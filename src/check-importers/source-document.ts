/**
 * The YAML and JSON documents of other programs as values with places. They are read as PyYAML reads them, with which those programs do: in
 * YAML `yes` is true and `010` is eight. A document that begins with a brace is JSON as Python writes it, with `1e5`, NaN and infinities. Length,
 * depth and the number of parts are bounded; anchors, aliases and tags are refused with their place.
 */
import { visibleText } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type MapPart, maximumFileBytes, type Part, readYamlFile, type ScalarPart } from '../originals/index.ts';
import type { Position } from '../spec/index.ts';

const shownProblems = 20;

/** The text of a document. */
export interface SourceText {
  readonly text: string;
  /** As people call it, for messages. */
  readonly file: string;
}

/** A document that was read. */
export interface SourceDocument {
  readonly file: string;
  readonly root: MapPart;
  readonly positionOf: (part: Part) => Position;
}

/** Something wrong in a document. */
export interface SourceProblem {
  readonly position: Position | null;
  readonly message: string;
}

/** What is thrown of a document that cannot be read, with the first twenty problems. */
export function unreadable(file: string, problems: readonly SourceProblem[]): PlatformError {
  const lines = problems.slice(0, shownProblems).map(({ position, message }) => {
    const place = position === null ? '' : `:${position.line}:${position.column}`;
    return `${file}${place}: ${visibleText(message)}`;
  });
  return new PlatformError('CHECKS_IMPORT_UNREADABLE', {
    message: `${file} cannot be read as checks:\n${lines.join('\n')}`,
    details: { problems: problems.slice(0, shownProblems) },
  });
}

/** Refuses a text that is too long to be read. @throws PlatformError CHECKS_IMPORT_UNREADABLE */
export function requireLength({ text, file }: SourceText): void {
  if (text.length <= maximumFileBytes) return;
  const message = `the file has ${text.length} characters; at most ${maximumFileBytes} are read`;
  throw unreadable(file, [{ position: null, message }]);
}

/** Reads a document that is one mapping. @throws PlatformError CHECKS_IMPORT_UNREADABLE with every problem and its place */
export function readSourceDocument({ text, file }: SourceText): SourceDocument {
  requireLength({ text, file });
  const { documents, remarks, positionOf } = readYamlFile(text);
  const numbers = remarks.filter(({ rule }) => rule === 'original/number');
  const problems = remarks
    .filter(({ rule }) => rule !== 'original/number')
    .map(({ span, message, suggestion }) => ({
      position: positionOf(span),
      // The parser of YAML tells with the words of the engine that it nested too deep.
      message: /call stack/.test(message) ? 'this nests too deep' : `${message}; ${suggestion}`,
    }));
  if (problems.length > 0) throw unreadable(file, problems);
  const [root, second] = documents;
  if (second !== undefined) {
    const position = second === null ? null : positionOf(second.span);
    throw unreadable(file, [{ position, message: 'a second document begins here; one is read' }]);
  }
  if (root === undefined || root === null)
    throw unreadable(file, [{ position: null, message: 'the document is no mapping' }]);
  const inexact = new Set(numbers.map(({ span: [from] }) => from));
  const isJson = /^[\s\uFEFF]*\{/.test(text);
  return {
    file,
    root: withNumbers(root, { inexact, isJson }) as MapPart,
    positionOf: ({ span }) => positionOf(span),
  };
}

interface Numbers {
  /** Where numbers stand that no double is. */
  readonly inexact: ReadonlySet<number>;
  readonly isJson: boolean;
}

/** Numbers that the reader took for texts, or refused: those of JSON as they are, the others NaN. */
function withNumbers(part: Part, numbers: Numbers): Part {
  if (part.kind === 'list') return { ...part, items: part.items.map((item) => withNumbers(item, numbers)) };
  if (part.kind === 'scalar') return scalarWithNumber(part, numbers);
  const members = [...part.members].map(
    ([name, member]) => [name, { ...member, part: withNumbers(member.part, numbers) }] as const,
  );
  return { ...part, members: new Map(members) };
}

function scalarWithNumber(part: ScalarPart, { inexact, isJson }: Numbers): ScalarPart {
  if (inexact.has(part.span[0])) return { ...part, value: Number.NaN };
  if (!isJson || part.plain === null || typeof part.value !== 'string') return part;
  if (/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(part.plain)) return { ...part, value: Number(part.plain) };
  return /^(?:NaN|-?Infinity)$/.test(part.plain) ? { ...part, value: Number.NaN } : part;
}
