/**
 * References in a document: `$name` as a whole value is the value of a parameter, `$import.name` the content of an
 * imported file, `${name}` inside a text the parameter as text, and `$name` inside an expression the parameter as a
 * literal of the expression language. `$$name` is the text `$name`, and `$${name}` the text `${name}`.
 */
import { canonicalJson, type JsonValue, nearestName } from '../encoding/index.ts';
import { parseExpression, tokenize } from './expressions/index.ts';
import type { Finding } from './finding.ts';
import type { Mount } from './locator.ts';
import type { ResolvedParam } from './params.ts';
import type { ImportedPart } from './parsed-spec.ts';
import { maximumFindings } from './yaml-text.ts';

type Path = readonly (string | number)[];

const wholeReference = /^\$([A-Za-z][A-Za-z0-9_.-]*)$/;
const escapedReference = /^\$(\$[A-Za-z][A-Za-z0-9_.-]*)$/;
const insideReference = /(\$?)\$\{([A-Za-z][A-Za-z0-9_-]*)\}/g;
const literalSections = new Set([
  'params',
  'profiles',
  'imports',
  'description',
  'mlspec',
  'name',
  'owners',
  'license',
  'intended_use',
  'limitations',
]);
const maximumParts = 50_000;

/** What references may name. */
export interface Named {
  readonly params: Readonly<Record<string, ResolvedParam>>;
  /** Parameters that are declared and have no value yet. */
  readonly open: ReadonlySet<string>;
  readonly imports: Readonly<Record<string, ImportedPart>>;
}

/** Replaces the references of one document and remembers what it put where. */
export class References {
  readonly findings: Finding[] = [];
  readonly mounts: Mount[] = [];
  /** Places whose value is not known: what is wrong there is not the document's fault, or was told already. */
  readonly unknownPaths: Path[] = [];
  /** Whether the document became too large, so that the rest was left out. */
  overflowed = false;
  readonly #named: Named;
  /** Imported files whose content is being put in place: none contains itself. */
  readonly #within = new Set<string>();
  #parts = 0;

  constructor(named: Named) {
    this.#named = named;
  }

  /** The document with every reference replaced. The sections that declare names are left as they are. */
  replace(value: unknown, path: Path = []): unknown {
    if (path.length === 1 && literalSections.has(String(path[0]))) return value;
    if (++this.#parts > maximumParts) return this.#refuseSize(path);
    if (typeof value === 'string') return this.#replaceText(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => this.replace(item, [...path, index]));
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.replace(member, [...path, key])]),
    );
  }

  #refuseSize(path: Path): null {
    if (!this.overflowed)
      this.findings.unshift({
        rule: 'spec/too-large',
        severity: 'error',
        path,
        message: `the document with its imports has more than ${maximumParts} parts`,
        suggestion: 'write less, or import less often',
      });
    this.overflowed = true;
    return null;
  }

  #replaceText(text: string, path: Path): unknown {
    const escaped = escapedReference.exec(text)?.[1];
    if (escaped !== undefined) return escaped;
    const whole = wholeReference.exec(text)?.[1];
    if (whole !== undefined) return this.#lookUp(whole, path);
    if (!text.includes('$')) return text;
    const filled = text.replaceAll(insideReference, (written: string, dollar: string, name: string) =>
      dollar === '' ? asText(this.#lookUp(name, path, written)) : written.slice(1),
    );
    return isExpressionPath(path) ? this.#replaceInExpression(filled, path) : filled;
  }

  #replaceInExpression(text: string, path: Path): string {
    if (parseExpression(text).expression === null) return text;
    const names = tokenize(text).tokens.filter((token) => token.kind === 'name' && text[token.span.start] === '$');
    let filled = text;
    for (const { span } of names.reverse()) {
      const name = text.slice(span.start + 1, span.end);
      const value = asLiteral(this.#lookUp(name, path), this.#named.params[name]?.type);
      filled = filled.slice(0, span.start) + value + filled.slice(span.end);
    }
    return filled;
  }

  #lookUp(name: string, path: Path, written = `$${name}`): unknown {
    const { params, open, imports } = this.#named;
    if (Object.hasOwn(params, name)) return params[name]!.value;
    const part = name.startsWith('import.') ? name.slice('import.'.length) : '';
    if (Object.hasOwn(imports, part) && !this.#within.has(part)) {
      this.mounts.push({ at: path, part: imports[part]! });
      this.#within.add(part);
      const value = this.replace(imports[part]!.value, path);
      this.#within.delete(part);
      return value;
    }
    this.unknownPaths.push(path);
    if (!open.has(name) && this.findings.length < maximumFindings)
      this.findings.push(unknownReference({ name, written }, path, this.#known()));
    return null;
  }

  #known(): string[] {
    const { params, open, imports } = this.#named;
    return [...Object.keys(params), ...open, ...Object.keys(imports).map((part) => `import.${part}`)];
  }
}

function unknownReference(
  { name, written }: { readonly name: string; readonly written: string },
  path: Path,
  known: readonly string[],
): Finding {
  const nearest = nearestName(name, known);
  return {
    rule: 'spec/unknown-param',
    severity: 'error',
    path,
    message: `${written} is no declared parameter or import`,
    found: written,
    ...(known.length === 0 ? {} : { expected: known.map((one) => `$${one}`).join(', ') }),
    suggestion:
      nearest === null
        ? `declare ${name} under params, or write $${written} for the text`
        : `did you mean $${nearest}?`,
  };
}

/** Keys of checks whose texts are in other languages. */
const textsOfChecks: ReadonlySet<string> = new Set(['sql', 'failing', 'python', 'typescript']);

/** Whether the text at a path of the document is an expression. */
export function isExpressionPath(path: Path): boolean {
  const [section, second, third] = path;
  if (section === 'models' && path.length > 2) return isExpressionPath(path.slice(2));
  if (section === 'objectives') return second === 'require' || second === 'costs';
  if (section === 'transformation') return second !== 'outliers';
  if (section === 'validation') return second === 'checks' && !textsOfChecks.has(String(path.at(-1)));
  if (section === 'splitting') return second === 'by';
  if (section === 'training') return second === 'tuning' && third === 'search';
  return section === 'steps' && path.at(-1) === 'when';
}

function asText(value: unknown): string {
  return typeof value === 'object' ? canonicalJson(value as JsonValue) : String(value);
}

function asLiteral(value: unknown, type: string | undefined): string {
  if (type === 'duration' || type === 'bytes') return String(value);
  if (typeof value === 'number') return value < 0 ? `(${value})` : String(value);
  return canonicalJson(value as JsonValue);
}
