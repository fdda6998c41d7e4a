/**
 * The text of a file as documents with places. What YAML lets a document do to its reader is bounded here: length, depth,
 * number of documents, nodes and findings; anchors, tags and keys that are no texts are findings; nothing throws.
 */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  Scalar,
} from 'yaml';
import type { Position } from '../spec/index.ts';
import type { MapPart, Part, Path, ScalarPart, Span } from './part.ts';
import { plainValue } from './plain-scalar.ts';
import type { OriginalRule } from './rules.ts';

/** Longest file that is read, in bytes. */
export const maximumFileBytes = 1_048_576;
/** Most documents in one file. */
export const maximumDocuments = 200;
/** So that a key is a simple key of YAML, of at most 1024 characters, however it is escaped. */
const maximumKeyLength = 150;
const maximumDepth = 64;
const maximumNodes = 100_000;
const maximumFindings = 100;

/** What is wrong, and where in the text. */
export interface Remark {
  readonly rule: OriginalRule;
  readonly path: Path;
  readonly span: Span;
  readonly message: string;
  readonly suggestion: string;
}

/** A file that was read. */
export interface YamlFile {
  /** Of a document that is no mapping or cannot be read, null. */
  readonly documents: readonly (MapPart | null)[];
  readonly remarks: readonly Remark[];
  readonly positionOf: (span: Span) => Position;
}

/** Reads all documents of a text. Never throws. */
export function readYamlFile(text: string): YamlFile {
  const lines = new LineCounter();
  const reader = new Reader();
  const documents: (MapPart | null)[] = [];
  // A document can be made of errors alone; without traces, of which nobody sees any, they cost a quarter.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const document of documentsOf(text, lines)) {
      if (documents.length === maximumDocuments) {
        reader.tell('original/too-large', [], document.range.slice(0, 2) as unknown as Span, {
          message: `a file holds at most ${maximumDocuments} documents; more begin here`,
          suggestion: 'part it into several files',
        });
        break;
      }
      documents.push(reader.readDocument(document));
    }
  } catch (error) {
    const message = error instanceof RangeError ? 'it nests too deep' : (error as Error).message.slice(0, 200);
    reader.tell('original/unreadable', [], [0, 1], {
      message: `the file cannot be read: ${message}`,
      suggestion: 'write YAML mappings with --- between them',
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (documents.length === 0 && reader.remarks.length === 0) {
    reader.tell('original/unreadable', [], [0, 1], {
      message: 'the file holds no document',
      suggestion: 'write a YAML mapping with schema_type and schema_version',
    });
  }
  return { documents, remarks: reader.remarks, positionOf: (span) => positionOf(text, lines, span) };
}

/** Documents without those that are empty, which a file may begin or end with. */
function* documentsOf(text: string, lines: LineCounter): Generator<Document.Parsed> {
  const composer = new Composer({ uniqueKeys: false, strict: true, schema: 'failsafe', keepSourceTokens: false });
  for (const document of composer.compose(new Parser(lines.addNewLine).parse(text), false, text.length)) {
    const found = document as Document.Parsed;
    const isEmpty = found.contents === null || (isScalar(found.contents) && found.contents.source === '');
    if (!isEmpty || found.errors.length > 0) yield found;
  }
}

function positionOf(text: string, lines: LineCounter, [from, to]: Span): Position {
  const offset = Math.min(Math.max(0, from), text.length);
  const start = lines.linePos(offset);
  const end = lines.linePos(Math.min(Math.max(to, offset + 1), text.length));
  return {
    line: Math.max(1, start.line),
    column: Math.max(1, start.col),
    offset,
    endLine: Math.max(1, end.line),
    endColumn: Math.max(1, end.col),
  };
}

const syntaxHints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  BAD_INDENT: 'align this with its neighbours',
  MULTILINE_IMPLICIT_KEY: 'write a space behind the colon of each key',
  BLOCK_AS_IMPLICIT_KEY: 'align this with its neighbours',
  BAD_ALIAS: 'repeat the value in place of the alias',
};

class Reader {
  readonly remarks: Remark[] = [];
  #nodes = 0;

  readDocument(document: Document.Parsed): MapPart | null {
    for (const problem of document.errors.slice(0, maximumFindings)) {
      this.tell('original/syntax', [], problem.pos, {
        message: `this is not YAML: ${problem.message}`,
        suggestion:
          syntaxHints[problem.code] ?? 'put texts with : # { } [ ] , & * ! | > or % at their beginning into quotes',
      });
    }
    if (document.errors.length > 0 || document.contents === null) return null;
    const part = this.#read(document.contents, [], 0);
    if (part.kind === 'map') return part;
    this.tell('original/unreadable', [], part.span, {
      message: 'a document is a mapping of fields',
      suggestion: 'write names with a colon behind them, and their values',
    });
    return null;
  }

  tell(
    rule: OriginalRule,
    path: Path,
    span: Span,
    said: { readonly message: string; readonly suggestion: string },
  ): void {
    if (this.remarks.length < maximumFindings) this.remarks.push({ rule, path, span, ...said });
  }

  #read(node: Node | null, path: Path, depth: number): Part {
    const span = spanOf(node);
    this.#nodes++;
    if (depth > maximumDepth || this.#nodes > maximumNodes) return this.#refuseSize(path, span, depth);
    if (isAlias(node) || (node as { anchor?: string } | null)?.anchor !== undefined) {
      this.tell('original/alias', path, span, {
        message: 'anchors and aliases are not read',
        suggestion: 'repeat the value',
      });
      return nothing(span);
    }
    // The schema without types gives a tag to what was written with one, and to nothing else.
    const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
    if (tag !== undefined && !/^tag:yaml\.org,2002:(?:str|map|seq)$/.test(tag)) {
      this.tell('original/tag', path, span, { message: 'tags are not read', suggestion: 'remove the tag' });
      return nothing(span);
    }
    if (isMap(node)) return this.#readMap(node.items, path, { span, depth });
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.#read(item as Node | null, [...path, index], depth + 1));
      return { kind: 'list', items, span };
    }
    return isScalar(node) ? this.#readScalar(node, path, span) : nothing(span);
  }

  #refuseSize(path: Path, span: Span, depth: number): Part {
    if (this.remarks.every(({ rule }) => rule !== 'original/too-large')) {
      const message = depth > maximumDepth ? 'this nests too deep' : `the file has more than ${maximumNodes} parts`;
      this.tell('original/too-large', path, span, { message, suggestion: 'part it into several files' });
    }
    return nothing(span);
  }

  #readMap(items: readonly unknown[], path: Path, at: { readonly span: Span; readonly depth: number }): MapPart {
    const members = new Map<string, { readonly key: Span; readonly part: Part }>();
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const key = spanOf((pair as Pair<Node, Node>).key ?? (pair as Pair<Node, Node>).value);
      const name = this.#readKey(pair, path, key);
      if (name === null) continue;
      const part = this.#read(pair.value as Node | null, [...path, name], at.depth + 1);
      if (!members.has(name)) members.set(name, { key, part });
      else {
        this.tell('original/duplicate-key', [...path, name], key, {
          message: `the key ${JSON.stringify(name)} stands here a second time`,
          suggestion: 'keep one of them',
        });
      }
    }
    return { kind: 'map', members, span: at.span };
  }

  #readKey({ key }: Pair, path: Path, span: Span): string | null {
    const written = isScalar(key) && typeof key.value === 'string' ? key.value : null;
    const isText = written !== null && (!isPlain(key as Scalar) || typeof plainValue(written) === 'string');
    const isPossible =
      isText && written !== '__proto__' && written.length <= maximumKeyLength && written.isWellFormed();
    if (isPossible && !(written === '<<' && isPlain(key as Scalar))) return written;
    const shown = written === null ? 'a mapping, a list or nothing' : JSON.stringify(written.slice(0, 40));
    this.tell('original/key', path, span, {
      message: `a key must be a text of at most ${maximumKeyLength} characters, found ${shown}`,
      suggestion: written === null || isText ? 'choose another name' : `write ${shown} with its quotes`,
    });
    return null;
  }

  #readScalar(node: Scalar, path: Path, span: Span): ScalarPart {
    const text = String(node.value ?? '');
    const plain = isPlain(node) ? text : null;
    const value = plain === null || node.tag !== undefined ? text : plainValue(plain);
    if (typeof value === 'number' && (!Number.isFinite(value) || isInexact(value, text))) {
      this.tell('original/number', path, span, {
        message: Number.isFinite(value) ? 'this number is too large to be exact' : 'a number must be finite',
        suggestion: Number.isFinite(value) ? 'write it in quotes, as a text' : 'write a number',
      });
      return nothing(span);
    }
    if (typeof value === 'string' && !value.isWellFormed()) {
      this.tell('original/text', path, span, {
        message: 'the text holds half of a surrogate pair',
        suggestion: 'write the whole character',
      });
      return nothing(span);
    }
    return { kind: 'scalar', value, plain: node.tag === undefined ? plain : null, span };
  }
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}

function isInexact(value: number, text: string): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('.');
}

function nothing(span: Span): ScalarPart {
  return { kind: 'scalar', value: null, plain: null, span };
}

/** An empty node has no stretch of its own; its place is still one. */
function spanOf(node: unknown): Span {
  const range = (node as Node | null | undefined)?.range;
  return range ? [range[0], range[1]] : [0, 1];
}
