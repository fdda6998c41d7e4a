/** What names and values of a filter mean for one kind of entity. */
import type { Condition, DatasetPart, Field, NumberOperator, SpanPart, Test, TextOperator } from './condition.ts';
import { type Entity, ownPrefixes, prefixes, type TracePart } from './entities.ts';
import type { Comparison, Literal, Name, Operator, Syntax } from './syntax.ts';
import { type SourceText, shortened, syntaxError } from './syntax-error.ts';

/** What checking needs to know: over which entity, and the text, for messages. */
export interface CheckContext {
  readonly entity: Entity;
  readonly source: SourceText;
}

const numberOperators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const textOperators: readonly Operator[] = ['=', '!=', 'like', 'ilike', 'not-like', 'not-ilike'];
const patternOperators: readonly Operator[] = ['like', 'ilike', 'not-like', 'not-ilike'];
const datasetParts: readonly string[] = ['name', 'digest', 'context'];
const traceParts: readonly TracePart[] = ['span', 'feedback', 'expectation', 'issue'];
const spanParts: readonly string[] = ['name', 'type', 'status', 'content'];
const sizeOperators: readonly Operator[] = ['<', '<=', '>', '>='];
/** SQLite takes patterns of 50,000 bytes; one character of a pattern becomes three at most. */
const patternLimit = 16_000;
/** Each one may cost a walk through the value. */
const wildcardLimit = 100;

/**
 * The meaning of a filter.
 * @throws PlatformError with the source's code for an unknown name, and for an operator or a value that does not suit
 */
export function checkFilter(syntax: Syntax, context: CheckContext): Condition {
  switch (syntax.type) {
    case 'all':
    case 'any':
      return { type: syntax.type, parts: syntax.parts.map((part) => checkFilter(part, context)) };
    case 'not':
      return { type: 'not', part: checkFilter(syntax.part, context) };
    case 'comparison': {
      const field = checkName(syntax.name, context);
      return { type: 'clause', field, test: checkTest(syntax, field, context) };
    }
  }
}

/**
 * What a name stands for.
 * @throws PlatformError with the source's code where the entity has no such name
 */
export function checkName(name: Name, { entity, source }: CheckContext): Field {
  const family = name.prefix === null ? 'attribute' : prefixOf(name.prefix);
  if (family === 'attribute' && (ownPrefixes[name.prefix ?? ''] ?? entity.name) === entity.name) {
    if (entity.name === 'traces' && name.key === 'text') return { type: 'span', part: 'content' };
    if (Object.hasOwn(entity.attributes, name.key)) {
      return { type: 'attribute', attribute: entity.attributes[name.key] as NonNullable<Entity['attributes'][string]> };
    }
    const names = Object.keys(entity.attributes).filter((key) => /^[a-z_]+$/.test(key));
    const found = `found ${JSON.stringify(shortened(name.key))}`;
    throw syntaxError(source, name, `expected an attribute of ${entity.noun} (${names.join(', ')}), ${found}`);
  }
  if (family === 'dataset' && entity.hasDatasets) {
    if (datasetParts.includes(name.key)) return { type: 'dataset', part: name.key as DatasetPart };
    throw syntaxError(
      source,
      name,
      `expected dataset.${datasetParts.join(', dataset.')}, found ${shortened(name.key)}`,
    );
  }
  if (isTracePart(family)) {
    if (entity.name === 'traces') return partOfTrace(family, name, source);
  } else if (family !== undefined && family !== 'attribute' && family !== 'dataset') {
    // The run that a trace was made in is one of those that it is linked to.
    if (family === 'metadata' && name.key === 'mlflow.sourceRun' && entity.attributes['run_id'] !== undefined) {
      return { type: 'attribute', attribute: entity.attributes['run_id'] };
    }
    if (entity.families[family] !== undefined) return { type: family, key: name.key };
  }
  const parts = [...(entity.hasDatasets ? ['dataset'] : []), ...(entity.name === 'traces' ? traceParts : [])];
  const known = [...Object.keys(entity.families), ...parts, 'attribute'];
  const found = `found ${JSON.stringify(shortened(name.prefix ?? ''))}`;
  throw syntaxError(source, name, `expected a prefix of ${entity.noun} (${known.join(', ')}), ${found}`);
}

function isTracePart(family: string | undefined): family is TracePart {
  return traceParts.includes(family as TracePart);
}

/** `span.name`, `span.attributes.KEY`, `feedback.NAME`, `expectation.NAME`, `issue.id`. */
function partOfTrace(part: TracePart, name: Name, source: SourceText): Field {
  const { key } = name;
  if (part === 'feedback' || part === 'expectation') return { type: 'assessment', kind: part, name: key };
  if (part === 'issue') {
    if (key === 'id') return { type: 'assessment', kind: part, name: key };
    throw syntaxError(source, name, `expected issue.id, found ${JSON.stringify(shortened(key))}`);
  }
  if (spanParts.includes(key)) return { type: 'span', part: key as SpanPart };
  const attribute = /^attributes\.(?:`(.+)`|(.+))$/s.exec(key);
  if (attribute !== null) return { type: 'span-attribute', key: (attribute[1] ?? attribute[2]) as string };
  const names = [...spanParts.map((one) => `span.${one}`), 'span.attributes.KEY'].join(', ');
  throw syntaxError(source, name, `expected ${names}, found ${JSON.stringify(shortened(key))}`);
}

function prefixOf(prefix: string): (typeof prefixes)[string] | undefined {
  return Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
}

function checkTest(comparison: Comparison, field: Field, context: CheckContext): Test {
  const { operator, values } = comparison;
  if (operator === 'is-null' || operator === 'is-not-null') {
    return { type: 'presence', isPresent: operator === 'is-not-null' };
  }
  const isNumeric = isNumber(field, operator);
  if (operator === 'in' || operator === 'not-in') {
    return isNumeric
      ? { type: 'numbers', operator, values: values.map((value) => numberOf(value, comparison, context)) }
      : { type: 'texts', operator, values: values.map((value) => textOf(value, field, context)) };
  }
  const value = values[0] as Literal;
  if (isNumeric) {
    requireOperator(comparison, numberOperators, context);
    return { type: 'number', operator: operator as NumberOperator, value: numberOf(value, comparison, context) };
  }
  const isId = field.type === 'attribute' && field.attribute.type === 'id';
  requireOperator(comparison, isId ? ['=', '!='] : textOperators, context);
  const text = textOf(value, field, context);
  if (patternOperators.includes(operator)) requirePattern(value, text, context);
  return { type: 'text', operator: operator as TextOperator, value: text };
}

/** Whether numbers are compared. What is said of a trace may be either: its size is asked of numbers alone. */
function isNumber(field: Field, operator: Operator): boolean {
  if (field.type === 'assessment') return sizeOperators.includes(operator);
  return field.type === 'metric' || (field.type === 'attribute' && field.attribute.type === 'integer');
}

function requireOperator(comparison: Comparison, allowed: readonly Operator[], { source }: CheckContext): void {
  if (allowed.includes(comparison.operator)) return;
  const written = [...allowed, 'in', 'not-in', 'is-null', 'is-not-null'].map(operatorText);
  const expected = `expected one of ${written.join(', ')} after ${shortened(source.text.slice(comparison.name.offset, comparison.name.end))}`;
  throw syntaxError(source, comparison.operatorSpan, `${expected}, found ${operatorText(comparison.operator)}`);
}

function requirePattern(value: Literal, text: string, { source }: CheckContext): void {
  if (text.length > patternLimit) {
    throw syntaxError(source, value, `expected a pattern of at most ${patternLimit} characters, found more`);
  }
  if (text.split('%').length > wildcardLimit + 1) {
    throw syntaxError(source, value, `expected at most ${wildcardLimit} % in a pattern, found more`);
  }
}

function operatorText(operator: string): string {
  return operator.replaceAll('-', ' ').toUpperCase();
}

/** A number, also in quotes; `inf`, `infinity` and `nan` in any case, with a sign or without. */
function numberOf(value: Literal, { name }: Comparison, { source }: CheckContext): number {
  const text = value.text.trim();
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special !== null) return special[2] === undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  const written = source.text.slice(name.offset, name.end);
  throw syntaxError(
    source,
    value,
    `expected a number to compare ${shortened(written)} with, found ${shortened(value.text)}`,
  );
}

function textOf(value: Literal, field: Field, { entity, source }: CheckContext): string {
  const isId = field.type === 'attribute' && field.attribute.type === 'id';
  if (value.type !== 'text' && !isId && !entity.takesBareValues) {
    throw syntaxError(source, value, `expected a text in quotes such as 'x', found ${shortened(value.text)}`);
  }
  if (isId && !/^-?\d+$/.test(value.text.trim())) {
    throw syntaxError(source, value, `expected an id of digits, found ${shortened(value.text)}`);
  }
  if (isId) return value.text.trim();
  const other = field.type === 'attribute' ? field.attribute.values : undefined;
  return other !== undefined && Object.hasOwn(other, value.text) ? (other[value.text] as string) : value.text;
}
