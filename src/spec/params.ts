import { canonicalJson, type JsonValue, nearestName, parseBytes, parseDuration } from '../encoding/index.ts';
import type { Finding } from './finding.ts';

/** A parameter with its value, as the document sees it. */
export interface ResolvedParam {
  readonly type: string;
  readonly value: JsonValue;
}

const identifierForm = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** What parameters are read with. */
export interface ParamFacts {
  readonly given: Readonly<Record<string, string | JsonValue>>;
  /** Whether a parameter without value is a finding; else it stays open. */
  readonly complete: boolean;
  readonly findings: Finding[];
}

/** Parameters with their values, and the names of those that have none. */
export interface ReadParams {
  readonly params: Readonly<Record<string, ResolvedParam>>;
  readonly open: ReadonlySet<string>;
}

/** The declared parameters with their values: given ones, else defaults. A value of the wrong type is a finding. */
export function readParams(document: Readonly<Record<string, unknown>>, facts: ParamFacts): ReadParams {
  const declared = document['params'];
  const isMapping = typeof declared === 'object' && declared !== null && !Array.isArray(declared);
  const names = isMapping ? Object.keys(declared) : [];
  const params: Record<string, ResolvedParam> = {};
  const open = new Set<string>();
  for (const name of names) {
    const param = readParam(name, (declared as Record<string, unknown>)[name], facts);
    if (param === null) open.add(name);
    else if (identifierForm.test(name)) params[name] = param;
  }
  for (const name of Object.keys(facts.given).filter((one) => !names.includes(one))) {
    const nearest = nearestName(name, names);
    facts.findings.push({
      rule: 'spec/unknown-param',
      severity: 'error',
      path: ['params'],
      message: `there is no parameter ${name}`,
      found: name,
      ...(names.length === 0 ? {} : { expected: names.join(', ') }),
      suggestion:
        nearest === null
          ? `declare it under params, and use it where it belongs as $${name}`
          : `did you mean ${nearest}?`,
    });
  }
  return { params, open };
}

/** A parameter with its value; null where it has none, or one of the wrong type. */
function readParam(name: string, declared: unknown, facts: ParamFacts): ResolvedParam | null {
  const long = longForm(declared);
  if (long === null) return null;
  const value = Object.hasOwn(facts.given, name) ? facts.given[name]! : long.default;
  const path = ['params', name];
  if (value === undefined) {
    if (facts.complete) facts.findings.push(missingValue(name, long.type));
    return null;
  }
  const read = convert(long.type, value);
  const choices = long.choices?.map((choice) => convert(long.type, choice) ?? null) ?? null;
  const allowed = choices === null || choices.some((choice) => canonicalJson(choice) === canonicalJson(read ?? null));
  if (read !== undefined && allowed) return { type: long.type, value: read };
  const type = descriptions[long.type] ?? 'a value';
  const expected = read === undefined ? type : `one of ${long.choices!.map((one) => canonicalJson(one)).join(', ')}`;
  facts.findings.push({
    rule: 'spec/param',
    severity: 'error',
    path: Object.hasOwn(facts.given, name) ? path : [...path, 'default'],
    message: `expected ${expected} for parameter ${name}, found ${canonicalJson(value).slice(0, 80)}`,
    expected,
    found: canonicalJson(value).slice(0, 80),
    suggestion: `write ${expected}`,
  });
  return null;
}

function missingValue(name: string, type: string): Finding {
  return {
    rule: 'spec/param',
    severity: 'error',
    path: ['params', name],
    message: `parameter ${name} has no default and was not given`,
    suggestion: `give it with --param ${name}=<${type}>`,
  };
}

interface LongParam {
  readonly type: string;
  readonly default?: JsonValue;
  readonly choices: readonly JsonValue[] | null;
}

/** The long form of a declared parameter; null where it is none, which the types of the document say. */
function longForm(declared: unknown): LongParam | null {
  if (typeof declared === 'string' || typeof declared === 'number' || typeof declared === 'boolean')
    return { type: typeOf(declared), default: declared, choices: null };
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) return null;
  const { type, default: fallback, choices } = declared as { type?: unknown; default?: JsonValue; choices?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(descriptions, type)) return null;
  return {
    type,
    ...(fallback === undefined || fallback === null ? {} : { default: fallback }),
    choices: Array.isArray(choices) ? (choices as JsonValue[]) : null,
  };
}

function typeOf(value: unknown): string {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return 'string';
}

const descriptions: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  share: 'a share such as 0.1 or 10%',
  string: 'a text',
  boolean: 'true or false',
  duration: 'a duration such as 20 ms or 1d',
  bytes: 'a size such as 512 MiB',
  list: 'a list',
};

/** A text or value as a parameter of a type; undefined where it is none. Durations and sizes stay texts with units. */
function convert(type: string, value: JsonValue): JsonValue | undefined {
  switch (type) {
    case 'integer':
      return asNumber(value, Number.isSafeInteger);
    case 'number':
      return asNumber(value, Number.isFinite);
    case 'share':
      return asShare(value);
    case 'boolean':
      return value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;
    case 'duration':
      return attempt(value, parseDuration);
    case 'bytes':
      return typeof value === 'number' ? value : attempt(value, parseBytes);
    case 'list':
      return Array.isArray(value) ? value : typeof value === 'string' ? parseList(value) : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    default:
      return undefined;
  }
}

function asNumber(value: JsonValue, accepts: (number: number) => boolean): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return accepts(number) ? number : undefined;
}

function asShare(value: JsonValue): number | undefined {
  const number =
    typeof value === 'string' && /%\s*$/.test(value)
      ? asNumber(value.replace(/%\s*$/, ''), Number.isFinite)
      : asNumber(value, Number.isFinite);
  const share = typeof value === 'string' && /%\s*$/.test(value) && number !== undefined ? number / 100 : number;
  return share !== undefined && share >= 0 && share <= 1 ? share : undefined;
}

function attempt(value: JsonValue, parse: (text: string) => number): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    parse(value);
    return value;
  } catch {
    return undefined;
  }
}

function parseList(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return Array.isArray(value) ? value : undefined;
  } catch {
    return text.split(',').map((item) => item.trim());
  }
}
