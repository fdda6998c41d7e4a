/**
 * What Zod says about a document, in words of the document: one finding for each thing that is wrong, with what was
 * expected, what was found and what to write instead. Of a union the branch is told that comes nearest to what was written.
 */
import type { z } from 'zod';
import { nearestName } from '../encoding/index.ts';
import type { Finding } from './finding.ts';
import { maximumFindings } from './yaml-text.ts';

type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;
type Path = readonly (string | number)[];

/** What is known about places of the document: the keys that a mapping may have, and what stands there in words. */
export interface SchemaFacts {
  keysAt(path: Path): readonly string[];
  describeAt(path: Path): string | undefined;
}

/** Findings of the issues of a document. A missing key is not told where a misspelt one stands for it. */
export function toFindings(issues: readonly Issue[], document: unknown, facts: SchemaFacts): Finding[] {
  const findings = issues
    .slice(0, maximumFindings)
    .flatMap((issue) => new Teller(document, facts).tell(issue, []))
    .slice(0, maximumFindings);
  const misspelt = new Set(
    findings.flatMap((finding) => {
      if (finding.rule !== 'spec/unknown-key') return [];
      const nearest = nearestName(String(finding.path.at(-1)), facts.keysAt(finding.path.slice(0, -1)));
      return nearest === null ? [] : [JSON.stringify([...finding.path.slice(0, -1), nearest])];
    }),
  );
  return findings.filter((finding) => finding.rule !== 'spec/missing' || !misspelt.has(JSON.stringify(finding.path)));
}

class Teller {
  readonly #document: unknown;
  readonly #facts: SchemaFacts;

  constructor(document: unknown, facts: SchemaFacts) {
    this.#document = document;
    this.#facts = facts;
  }

  tell(issue: Issue, above: Path): Finding[] {
    const path = [...above, ...(issue.path as (string | number)[])];
    const found = valueAt(this.#document, path);
    if (issue.code === 'unrecognized_keys') return this.#unknownKeys(issue.keys.slice(0, maximumFindings), path);
    if (issue.code === 'invalid_key') return [badName(path, issue.issues[0]?.message ?? '')];
    if (found === undefined) return [this.#missing(path, expectedOf(issue))];
    if (issue.code === 'invalid_union') return this.#tellUnion(issue, path, found);
    return [wrongValue(issue, path, found)];
  }

  #tellUnion(issue: UnionIssue, path: Path, found: unknown): Finding[] {
    const best = bestBranch(issue, found);
    if (best !== null) return best.flatMap((error) => this.tell(error, path));
    const values = issue.errors.flatMap((errors) => valuesOf(errors[0]));
    const nearest = typeof found === 'string' ? nearestName(found, values) : null;
    const expected = expectedOf(issue);
    const described = this.#facts.describeAt(path);
    return [
      {
        rule: 'spec/type',
        severity: 'error',
        path,
        message: `expected ${expected}, found ${show(found)}`,
        expected,
        found: show(found),
        suggestion:
          nearest === null
            ? `write ${described === undefined ? expected : inSentence(described)}`
            : `did you mean ${nearest}?`,
      },
    ];
  }

  #missing(path: Path, expected: string): Finding {
    const name = String(path.at(-1) ?? 'the document');
    const where = path.length < 2 ? '' : ` in ${pathText(path.slice(0, -1))}`;
    const described = this.#facts.describeAt(path);
    return {
      rule: 'spec/missing',
      severity: 'error',
      path,
      message: `${name} is missing${where}`,
      expected,
      suggestion: `write ${name}: <${expected}>${described === undefined ? '' : ` (${inSentence(described)})`}`,
    };
  }

  #unknownKeys(keys: readonly string[], path: Path): Finding[] {
    const known = this.#facts.keysAt(path);
    const others = known.length === 0 ? 'remove it' : `remove it, or use one of ${known.join(', ')}`;
    const where = path.length === 0 ? 'the document' : pathText(path);
    return keys.map((key) => {
      const nearest = nearestName(key, known);
      return {
        rule: 'spec/unknown-key',
        severity: 'error',
        path: [...path, key],
        message: `${where} has no key ${key}`,
        found: key,
        ...(known.length === 0 ? {} : { expected: known.join(', ') }),
        suggestion: nearest === null ? others : `did you mean ${nearest}?`,
      };
    });
  }
}

/** A description as part of a sentence: `A column, or …` becomes `a column, or …`. */
function inSentence(description: string): string {
  const text = description.replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

function badName(path: Path, expected: string): Finding {
  const wanted = expected.replace(/^expected /, '') || 'a name of letters, digits, _ and -';
  return {
    rule: 'spec/name',
    severity: 'error',
    path,
    message: `${String(path.at(-1))} cannot be a name here`,
    expected: wanted,
    found: String(path.at(-1)),
    suggestion: `write ${wanted}`,
  };
}

function wrongValue(issue: Issue, path: Path, found: unknown): Finding {
  const expected = expectedOf(issue);
  return {
    rule: issue.code === 'custom' ? 'spec/value' : 'spec/type',
    severity: 'error',
    path,
    message: `expected ${expected}, found ${show(found)}`,
    expected,
    found: show(found),
    suggestion: suggestionOf(issue, found, expected),
  };
}

/**
 * The branch that comes nearest: one whose type fits and whose members are wrong. Null where none fits, so that the union
 * as a whole is told.
 */
function bestBranch(issue: UnionIssue, found: unknown): readonly Issue[] | null {
  const fitting = issue.errors.filter(
    (errors) => errors.length > 0 && errors.every((error) => !failsAsWhole(error, found)),
  );
  const ranked = fitting.map((errors) => ({ errors, cost: costOf(errors, found) })).sort((a, b) => a.cost - b.cost);
  return ranked[0]?.errors ?? null;
}

function failsAsWhole(issue: Issue, found: unknown): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return bestBranch(issue, found) === null;
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function costOf(errors: readonly Issue[], found: unknown): number {
  const unknown = errors.flatMap((error) => (error.code === 'unrecognized_keys' ? error.keys : []));
  const missing = errors.filter((error) => error.path.length > 0 && valueAt(found, error.path as Path) === undefined);
  const misspelt = missing.filter((error) => nearestName(String(error.path[0]), unknown) !== null).length;
  return 2 * unknown.length + 2 * missing.length - 3 * misspelt + errors.length / 100;
}

function valuesOf(issue: Issue | undefined): readonly string[] {
  if (issue?.code === 'invalid_value') return issue.values.map(String);
  return issue?.code === 'invalid_union' ? issue.errors.flatMap((errors) => valuesOf(errors[0])) : [];
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.length > 1 ? `one of ${issue.values.join(', ')}` : issue.values.map(String).join();
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}${countedOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${String(issue.maximum)}${countedOf(issue.origin)}`;
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap((errors) => errors.slice(0, 1)).map(expectedOf))].join(' or ');
    case 'unrecognized_keys':
      return 'a mapping';
    default:
      return issue.message.replace(/^expected /, '').replace(/, found .*$/s, '');
  }
}

function countedOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  null: 'null',
};

function suggestionOf(issue: Issue, found: unknown, expected: string): string {
  if (found === null) return `write ${expected} after the colon, or remove the key`;
  const nearest =
    issue.code === 'invalid_value' && typeof found === 'string' ? nearestName(found, valuesOf(issue)) : null;
  if (nearest !== null) return `did you mean ${nearest}?`;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof found !== 'object')
    return 'put the value into quotes';
  if (issue.code === 'invalid_type' && issue.expected === 'boolean' && typeof found === 'string')
    return `write ${/^(?:y|yes|on|true)$/i.test(found) ? 'true' : /^(?:n|no|off|false)$/i.test(found) ? 'false' : expected}`;
  return `write ${expected}`;
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** A path as people write it: `owners[0].name`. */
export function pathText(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object' && value !== null
          ? 'a mapping'
          : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
