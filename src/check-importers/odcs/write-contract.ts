/** A schema and checks as a contract of the Open Data Contract Standard 3.1.0. What the standard has no words for is kept in places that it leaves to others, and listed. */
import { type ColumnSchema, type DataSchema, type DeclaredCheck, isOwn } from '../../data-quality/index.ts';
import { type Expression, parseExpression, walkExpression } from '../../spec/index.ts';
import { writtenCheck } from '../write-checks-file.ts';
import { type OptionKey, standardWords } from './contract-rule.ts';
import { contractText } from './contract-text.ts';
import { ourProperty } from './our-keys.ts';
import { logicalTypes, propertyFormats } from './property.ts';
import { ourEngine } from './quality.ts';

/** What a contract is to say. */
export interface ContractContents {
  /** What it is called, and its table. */
  readonly name: string;
  readonly schema: DataSchema | null;
  readonly checks: readonly DeclaredCheck[];
}

/** One thing that schema or checks ask of data, and what came of it. */
export interface ContractPart {
  /** As it stands in the schema or in the file of checks, for example `columns.age.presence`. */
  readonly what: string;
  /**
   * `standard`: in words that every program of the standard reads; `ours`: kept in the contract, where other programs leave it aside;
   * `left`: not in the contract.
   */
  readonly state: 'standard' | 'ours' | 'left';
  /** Why it is not in words of the standard, or what is otherwise in them; empty where nothing is. */
  readonly says: string;
}

/** A contract, and what it says of what it was made from. */
export interface WrittenContract {
  readonly text: string;
  readonly parts: readonly ContractPart[];
}

/** Writes a contract. Import of it gives the schema and the checks again, but for what `parts` says. */
export function writeContract({ name, schema, checks }: ContractContents): WrittenContract {
  const contract = new Contract();
  if (schema !== null) contract.addSchema(schema);
  for (const check of checks) contract.addCheck(check);
  return { text: contractText({ name, ...contract.table() }), parts: contract.parts };
}

interface Property {
  readonly logicalType?: string;
  readonly more: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  readonly quality: object[];
  readonly ours: Record<string, unknown>;
}

const typeWords = new Map(Object.entries(logicalTypes).map(([word, type]) => [type, word]));
const formatWords = new Map(
  Object.entries(propertyFormats)
    .toReversed()
    .map(([word, format]) => [format, word]),
);

class Contract {
  readonly parts: ContractPart[] = [];
  readonly #properties = new Map<string, Property>();
  readonly #quality: object[] = [];
  readonly #ours: Record<string, unknown> = {};
  #hasKey = false;

  /** The table, as the standard has it. */
  table(): { readonly properties: readonly object[]; readonly quality: readonly object[]; readonly more: object } {
    const properties = [...this.#properties].map(([name, { logicalType, more, options, quality, ours }]) => ({
      name,
      ...(logicalType === undefined ? {} : { logicalType }),
      ...more,
      ...(Object.keys(options).length === 0 ? {} : { logicalTypeOptions: options }),
      ...(quality.length === 0 ? {} : { quality }),
      ...ourMember(ours),
    }));
    return { properties, quality: this.#quality, more: ourMember(this.#ours) };
  }

  addSchema(schema: DataSchema): void {
    const { rows = {}, environments, severity, additional } = schema;
    const { min, max, ...ratios } = rows;
    for (const [key, bound, word] of [
      ['min', min, 'mustBeGreaterOrEqualTo'],
      ['max', max, 'mustBeLessOrEqualTo'],
    ] as const) {
      if (bound === undefined) continue;
      const reason = key === 'min' ? 'DATASET_LOW_NUM_EXAMPLES' : 'DATASET_HIGH_NUM_EXAMPLES';
      this.#quality.push({ metric: 'rowCount', [word]: bound, ...warning(severity?.[reason]) });
      this.#tell(`rows.${key}`, 'standard', 'comes back as a check');
    }
    if (Object.keys(ratios).length > 0) this.#keep('', this.#ours, { rows: ratios });
    if (environments !== undefined) this.#keep('', this.#ours, { environments });
    if (severity !== undefined) this.#keep('', this.#ours, { severity });
    if (additional !== 'allow') this.#keep('', this.#ours, { additional });
    for (const [name, column] of Object.entries(schema.columns)) this.#addColumn(name, column, schema);
  }

  #addColumn(name: string, column: ColumnSchema, schema: DataSchema): void {
    const { type, description, ...asked } = column;
    const property: Property = {
      logicalType: typeWords.get(type)!,
      more: description === undefined ? {} : { description },
      ...{ options: {}, quality: [], ours: {} },
    };
    this.#properties.set(name, property);
    const place = `columns.${name}`;
    this.#tell(`${place}.type`, 'standard');
    if (asked.nan !== (type === 'float64')) this.#keep(place, property.ours, { nan: asked.nan });
    const { nan: _, ...rest } = asked;
    // Where nothing is asked of a column, nothing may be asked of it there.
    const isIdle = !['beta', 'production'].includes(asked.stage ?? 'production') || !asked.required;
    const left = isIdle ? rest : this.#addWords({ name, column, schema, property });
    const { nullable, required, ...others } = left;
    if (isIdle && !nullable) this.#keep(place, property.ours, { nullable });
    if (!required) this.#keep(place, property.ours, { required });
    for (const [key, value] of Object.entries(others))
      if (value !== undefined) this.#keep(place, property.ours, { [key]: value });
  }

  /** What the standard has words for. @returns what it has none for */
  #addWords(of: {
    readonly name: string;
    readonly column: ColumnSchema;
    readonly schema: DataSchema;
    readonly property: Property;
  }): Omit<ColumnSchema, 'type' | 'description' | 'nan'> {
    const { name, column, schema, property } = of;
    const { type: _, description: __, nan: ___, unique, min, max, format, domain, ...others } = column;
    const tell = (key: string, says = ''): void => this.#tell(`columns.${name}.${key}`, 'standard', says);
    const left: Partial<ColumnSchema> = {};
    if (!column.nullable) {
      property.more['required'] = true;
      tell('nullable');
    }
    if (unique !== undefined) {
      property.more['unique'] = unique;
      if (unique) tell('unique');
      else Object.assign(left, { unique });
    }
    for (const [key, option, bound] of [
      ['min', 'minimum', min],
      ['max', 'maximum', max],
    ] as const) {
      if (bound === undefined) continue;
      const takers = typeof bound === 'number' ? ['int64', 'float64'] : ['date', 'timestamp'];
      if (takers.includes(column.type)) {
        property.options[option] = bound;
        tell(key);
      } else Object.assign(left, { [key]: bound });
    }
    const word = format === undefined || column.type !== 'string' ? undefined : formatWords.get(format);
    if (format !== undefined && (word === undefined || format === 'ip')) Object.assign(left, { format });
    else if (word !== undefined) {
      property.options['format'] = word;
      tell('format', format === 'url' ? 'other programs take other addresses than http, https and ftp too' : '');
    }
    if (domain !== undefined && column.domain_share === undefined && isOneType(domain)) {
      const severity = column.severity ?? schema.severity?.ENUM_TYPE_UNEXPECTED_STRING_VALUES;
      const rule = { metric: 'invalidValues', arguments: { validValues: domain }, mustBe: 0 };
      property.quality.push({ ...rule, ...warning(severity) });
      tell('domain', 'comes back as a check');
    } else if (domain !== undefined) Object.assign(left, { domain });
    return { ...others, ...left };
  }

  addCheck(check: DeclaredCheck): void {
    const what = `checks: ${check.that ?? 'code'}`;
    const why = cannotSay(check);
    if (why !== null) this.#tell(what, 'left', why);
    else if (this.#addStandard(check)) this.#tell(what, 'standard', isTwo(check) ? 'comes back as two checks' : '');
    else {
      this.#quality.push({ type: 'custom', engine: ourEngine, implementation: writtenAlways(check) });
      this.#tell(what, 'ours', 'the standard has no words for it; other programs do not carry it out');
    }
  }

  #addStandard(check: DeclaredCheck): boolean {
    const words = standardWords(check);
    if (words === null) return false;
    if (words.kind === 'option') return this.#setOption(words.column, words.key, words.value);
    if (words.kind === 'rules') {
      const place = words.column === null ? this.#quality : this.#propertyOf(words.column).quality;
      place.push(...words.rules);
      return true;
    }
    if (this.#hasKey) return false;
    this.#hasKey = true;
    for (const [at, name] of words.columns.entries())
      Object.assign(this.#propertyOf(name).more, { primaryKey: true, primaryKeyPosition: at + 1 });
    return true;
  }

  #setOption(column: string, key: OptionKey, value: number): boolean {
    const property = this.#properties.get(column);
    const types = key === 'minLength' || key === 'maxLength' ? ['string'] : ['integer', 'number'];
    if (property?.logicalType === undefined || !types.includes(property.logicalType)) return false;
    if (Object.hasOwn(property.options, key)) return false;
    property.options[key] = value;
    return true;
  }

  #propertyOf(name: string): Property {
    const found = this.#properties.get(name) ?? { more: {}, options: {}, quality: [], ours: {} };
    this.#properties.set(name, found);
    return found;
  }

  #keep(place: string, ours: Record<string, unknown>, said: Readonly<Record<string, unknown>>): void {
    Object.assign(ours, said);
    for (const key of Object.keys(said)) {
      const what = place === '' ? key : `${place}.${key}`;
      this.#tell(what, 'ours', whys[key] ?? 'the standard has no word for it; other programs do not ask it');
    }
  }

  #tell(what: string, state: ContractPart['state'], says = ''): void {
    this.parts.push({ what, state, says });
  }
}

const whys: Readonly<Record<string, string>> = {
  required: 'to the standard every property is there: other programs miss it where it is not',
  stage: 'other programs know no stage of a property; beyond its type nothing is said of it in their words',
  environments: 'the standard has no word for it: other programs ask the same everywhere',
};

function ourMember(ours: Readonly<Record<string, unknown>>): object {
  return Object.keys(ours).length === 0 ? {} : { customProperties: [{ property: ourProperty, value: ours }] };
}

function warning(severity: 'fail' | 'warn' | undefined): object {
  return severity === 'warn' ? { severity: 'warning' } : {};
}

function isOneType(values: readonly unknown[]): boolean {
  return new Set(values.map((value) => typeof value)).size === 1 && new Set(values).size === values.length;
}

function isTwo(check: DeclaredCheck): boolean {
  const words = standardWords(check);
  return words?.kind === 'rules' && words.rules.length > 1;
}

/** A mapping, also where a check is a condition alone. */
function writtenAlways(check: DeclaredCheck): unknown {
  const written = writtenCheck(check);
  return typeof written === 'string' ? { that: written } : written;
}

function cannotSay(check: DeclaredCheck): string | null {
  if (isOwn(check)) return 'it is code, which a contract does not hand on';
  if (check.history !== undefined)
    return 'it is held against what was measured before, which a contract does not hand on';
  if ((check.on ?? null) !== null) return 'it is about some parts of the data, which a contract does not know';
  const texts = [check.that, check.where].filter((text) => text !== null);
  const isOfOthers = texts.some((text) => namesOther(parseExpression(text).expression));
  return isOfOthers ? 'it needs the rows of another table' : null;
}

/** `x in airports.code`. */
function namesOther(expression: Expression | null): boolean {
  if (expression === null) return false;
  return [...walkExpression(expression)].some(
    (one) => one.kind === 'binary' && one.op === 'in' && one.right.kind === 'name',
  );
}
