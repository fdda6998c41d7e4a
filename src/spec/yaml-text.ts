/**
 * The text of a declaration as a plain value with positions. Everything that YAML lets a document do to its reader is
 * bounded here: length, depth, number of nodes and of findings, aliases; nothing throws. YAML 1.2 is read; where an
 * older reader would take the same text for something else, a finding says so.
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
import type { Finding, Position, Severity } from './finding.ts';

/** Longest document that is read, in UTF-16 code units; the time that a hostile one takes grows with it. */
export const maximumDocumentLength = 200_000;
/** Most findings that one document gives. */
export const maximumFindings = 200;
const maximumDepth = 64;
const maximumNodes = 100_000;

const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

type Path = readonly (string | number)[];

/** A stretch of a scalar's value, in UTF-16 code units. */
export interface ValueSpan {
  readonly start: number;
  readonly end: number;
}

/** A place with how much of the path that was asked for is there. */
export interface Place {
  readonly position: Position;
  /** How many parts of the path were found. */
  readonly depth: number;
}

/** A document's value, with what is wrong with its text and where each part of it stands. */
export interface YamlText {
  /** null where the text holds no mapping. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly findings: readonly Finding[];
  /** Where the value at a path stands; the nearest part above it where the path itself is not there. */
  positionOf(path: Path, part?: 'key' | 'value'): Position | undefined;
  /** The same, with how much of the path is there. */
  placeOf(path: Path, part?: 'key' | 'value'): Place | undefined;
  /** Where a stretch of the text at a path stands; the whole scalar where it is folded, has escapes or is another text. */
  positionWithin(path: Path, text: string, span: ValueSpan): Position | undefined;
}

/** Reads YAML 1.2 (JSON is YAML). Never throws. */
export function readYaml(text: string): YamlText {
  if (text.length > maximumDocumentLength)
    return unreadable(`the document has ${text.length} characters; at most ${maximumDocumentLength} are read`);
  // A document can be made of errors alone; without traces, of which nobody sees any, they cost a quarter.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return readBounded(text);
  } catch (error) {
    const message = error instanceof RangeError ? 'it nests too deep' : (error as Error).message.slice(0, 200);
    return unreadable(`the document cannot be read: ${message}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function unreadable(message: string): YamlText {
  return {
    value: null,
    findings: [{ rule: 'spec/unreadable', severity: 'error', path: [], message, suggestion: 'write one YAML mapping' }],
    positionOf: () => undefined,
    placeOf: () => undefined,
    positionWithin: () => undefined,
  };
}

function readBounded(text: string): YamlText {
  const lines = new LineCounter();
  const { first, second } = firstDocuments(text, lines);
  if (first === undefined) return unreadable('the document is empty');
  const places = new Places(text, lines, first.contents);
  const reader = new Reader(places);
  for (const problem of [...first.errors, ...first.warnings].slice(0, maximumFindings)) {
    reader.tell('spec/syntax', [], `this is not YAML: ${problem.message}`, {
      suggestion: syntaxHint(problem.code),
      position: places.position(problem.pos[0], problem.pos[1]),
    });
  }
  if (first.directives?.yaml.explicit === true && first.directives.yaml.version !== '1.2') {
    reader.tell('spec/yaml-version', [], `the document asks for YAML ${first.directives.yaml.version}`, {
      suggestion: 'remove the %YAML line: a declaration is YAML 1.2, in which yes, no, on and off are texts',
      position: places.position(0, 5),
    });
  }
  if (second !== undefined) {
    reader.tell('spec/several-documents', [], 'a declaration is one document; a second begins here', {
      suggestion: 'remove the --- and what follows',
      position: places.position(second, second + 1),
    });
  }
  const value = first.contents === null ? null : reader.read(first.contents, [], 0);
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMapping && reader.findings.every(({ severity }) => severity !== 'error'))
    return unreadable(value === null ? 'the document is empty' : 'the document is no mapping of sections');
  return {
    value: isMapping ? (value as Record<string, unknown>) : null,
    findings: reader.findings,
    positionOf: (path, part) => places.placeOf(path, part)?.position,
    placeOf: (path, part) => places.placeOf(path, part),
    positionWithin: (path, text, span) => places.positionWithin(path, text, span),
  };
}

/** The first document and where a second begins; what follows is not read. */
function firstDocuments(
  text: string,
  lines: LineCounter,
): { readonly first: Document.Parsed | undefined; readonly second: number | undefined } {
  const composer = new Composer({ uniqueKeys: false, strict: true, version: '1.2', keepSourceTokens: false });
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(new Parser(lines.addNewLine).parse(text), false, text.length)) {
    if (first !== undefined) return { first, second: document.range[0] };
    first = document as Document.Parsed;
  }
  return { first, second: undefined };
}

function syntaxHint(code: string): string {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces, not tabs';
  if (code === 'BAD_INDENT') return 'align this with its neighbours';
  if (code === 'TAG_RESOLVE_FAILED') return 'remove the tag: the values of a declaration have no tags';
  if (code === 'BAD_ALIAS') return 'remove the alias: repeat the value, or use params, profiles or imports';
  return 'put texts with : # { } [ ] , & * ! | > or % at their beginning into quotes';
}

/** Finds the places of values in the tree of nodes. */
class Places {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #root: Node | null;

  constructor(text: string, lines: LineCounter, root: Node | null) {
    this.#text = text;
    this.#lines = lines;
    this.#root = root;
  }

  position(from: number, to: number): Position {
    const offset = Math.min(Math.max(0, from), this.#text.length);
    const start = this.#lines.linePos(offset);
    const end = this.#lines.linePos(Math.min(Math.max(to, offset + 1), this.#text.length));
    return {
      line: Math.max(1, start.line),
      column: Math.max(1, start.col),
      offset,
      endLine: Math.max(1, end.line),
      endColumn: Math.max(1, end.col),
    };
  }

  placeOf(path: Path, part: 'key' | 'value' = 'value'): Place | undefined {
    let node: unknown = this.#root;
    let key: unknown = null;
    let depth = 0;
    for (const name of path) {
      const next = childOf(node, name);
      if (next === undefined) break;
      ({ key, node } = next);
      depth++;
    }
    const missing = depth < path.length && !isScalar(node);
    const wantsKey = part === 'key' || missing || isBlock(node);
    const found = wantsKey ? (rangeOf(key) ?? rangeOf(node)) : (rangeOf(node) ?? rangeOf(key));
    return found === undefined ? undefined : { position: this.position(found[0], found[1]), depth };
  }

  positionWithin(path: Path, text: string, span: ValueSpan): Position | undefined {
    let node: unknown = this.#root;
    for (const name of path) {
      const next = childOf(node, name);
      if (next === undefined) break;
      node = next.node;
    }
    const range = rangeOf(node);
    if (range === undefined || !isScalar(node) || node.value !== text) return this.placeOf(path)?.position;
    const quote = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0;
    const written = this.#text.slice(range[0] + quote, range[0] + quote + text.length);
    return written === text
      ? this.position(range[0] + quote + span.start, range[0] + quote + Math.max(span.end, span.start + 1))
      : this.position(range[0], range[1]);
  }
}

/** A mapping or list over several lines is best marked at its key. */
function isBlock(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function childOf(node: unknown, name: string | number): { key: unknown; node: unknown } | undefined {
  if (isSeq(node)) {
    const item = typeof name === 'number' ? node.items[name] : undefined;
    return item === undefined ? undefined : { key: null, node: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((one) => isScalar(one.key) && one.key.value === name);
  return pair === undefined ? undefined : { key: pair.key, node: pair.value };
}

/** The stretch of a node, without what follows it on its last line. An empty node has none. */
function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = (node as Node | null | undefined)?.range;
  if (!range || range[0] === range[1]) return undefined;
  return [range[0], range[1]];
}

/** Builds the plain value. */
class Reader {
  readonly findings: Finding[] = [];
  readonly #places: Places;
  #nodes = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  read(node: unknown, path: Path, depth: number): unknown {
    this.#nodes++;
    if (depth > maximumDepth || this.#nodes > maximumNodes) return this.#refuseSize(path, depth);
    if (isAlias(node) || (node as { anchor?: string } | null)?.anchor !== undefined) {
      this.tell('spec/alias', path, 'anchors and aliases are not part of the language', {
        suggestion: 'repeat the value, or use params, profiles or imports',
      });
      if (isAlias(node)) return null;
    }
    const tag = (node as { tag?: string } | null)?.tag;
    if (tag !== undefined && !plainTags.has(tag)) {
      this.tell('spec/tag', path, `the tag ${tag} is not part of the language`, { suggestion: 'remove the tag' });
      return null;
    }
    if (isMap(node)) return this.#readMap(node.items, path, depth);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], depth + 1));
    return isScalar(node) ? this.#readScalar(node, path) : null;
  }

  tell(
    rule: string,
    path: Path,
    message: string,
    more: { readonly suggestion: string; readonly severity?: Severity; readonly position?: Position },
  ): void {
    if (this.findings.length >= maximumFindings) return;
    const position = more.position ?? this.#places.placeOf(path)?.position;
    this.findings.push({
      rule,
      severity: more.severity ?? 'error',
      path,
      message,
      suggestion: more.suggestion,
      ...(position === undefined ? {} : { position }),
    });
  }

  #refuseSize(path: Path, depth: number): null {
    const first = this.findings.every((finding) => finding.rule !== 'spec/too-large');
    const message = depth > maximumDepth ? 'this nests too deep' : `the document has more than ${maximumNodes} parts`;
    if (first) this.tell('spec/too-large', path, message, { suggestion: 'write less, or move parts to imports' });
    return null;
  }

  #readMap(items: readonly unknown[], path: Path, depth: number): Record<string, unknown> {
    const members = new Map<string, unknown>();
    for (const item of items) {
      if (!isPair(item)) continue;
      const name = this.#readKey(item, path, members);
      if (name !== null)
        members.set(name, item.value === null ? null : this.read(item.value, [...path, name], depth + 1));
    }
    return Object.fromEntries(members);
  }

  /** The key as a name, null where it cannot be one. The first of two equal keys stays. */
  #readKey(pair: Pair, path: Path, members: ReadonlyMap<string, unknown>): string | null {
    const { key } = pair;
    const range = rangeOf(key) ?? rangeOf(pair.value);
    const at = range === undefined ? {} : { position: this.#places.position(range[0], range[1]) };
    if (!isScalar(key) || typeof key.value !== 'string') {
      const written = isScalar(key) ? String(key.source ?? key.value) : null;
      const what = written === null ? 'a mapping or list' : key === null ? 'nothing' : JSON.stringify(written);
      this.tell('spec/key', path, `a key must be a text, found ${written === null ? what : written}`, {
        suggestion:
          written === null || written === '' ? 'write a name before the colon' : `write "${written}" in quotes`,
        ...at,
      });
      return null;
    }
    const name = key.value;
    if (name === '__proto__' || name.length > 1000) {
      this.tell('spec/key', path, `${name.slice(0, 40)} cannot be a key`, { suggestion: 'choose another name', ...at });
      return null;
    }
    if (name === '<<' && key.type === Scalar.PLAIN) {
      this.tell('spec/merge-key', path, 'merge keys are not part of the language', {
        suggestion: 'repeat the values, or use profiles or imports',
        ...at,
      });
      return null;
    }
    if (members.has(name)) {
      this.tell('spec/duplicate-key', [...path, name], `the key ${name} stands here a second time`, {
        suggestion: 'keep one of them',
        ...at,
      });
      return null;
    }
    return name;
  }

  #readScalar(node: Scalar, path: Path): unknown {
    const { value, source } = node;
    if (node.type === Scalar.PLAIN && source !== undefined) this.#warnOfOldYaml(source, path);
    if (typeof value === 'number') {
      const precise = !Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(source ?? '');
      if (Number.isFinite(value) && precise) return value;
      this.tell('spec/number', path, precise ? 'a number must be finite' : `${source} is too large to be exact`, {
        suggestion: precise ? 'write a number' : 'write it in quotes, as a text',
      });
      return null;
    }
    if (typeof value === 'string' && !value.isWellFormed()) {
      this.tell('spec/text', path, 'the text holds half of a surrogate pair', {
        suggestion: 'write the whole character',
      });
      return null;
    }
    return typeof value === 'string' || typeof value === 'boolean' ? value : null;
  }

  #warnOfOldYaml(source: string, path: Path): void {
    const told = { severity: 'warning' } as const;
    if (/^(?:yes|no|on|off)$/i.test(source)) {
      this.tell('spec/yaml-boolean', path, `${source} is a text here, and true or false to older readers of YAML`, {
        suggestion: `write true or false, or "${source}" in quotes`,
        ...told,
      });
    }
    if (/^[-+]?0[0-9]+$/.test(source)) {
      this.tell(
        'spec/yaml-octal',
        path,
        `${source} is read as ${Number(source)}, and as octal by older readers of YAML`,
        {
          suggestion: `write ${Number(source)}, or "${source}" in quotes`,
          ...told,
        },
      );
    }
  }
}
