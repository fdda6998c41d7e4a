import type { MapPart, Part } from '../../originals/index.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import type { Threshold } from './threshold.ts';

/** A check with its type, under the name of version 4. */
export interface NamedCheck {
  readonly kind: string;
  readonly body: Fields;
  readonly unit: 'count' | 'percent';
  /** The threshold that the type itself says; null: none. */
  readonly implied: Threshold | null;
  readonly isVersion3: boolean;
  /** Of an aggregate the function. */
  readonly name: string;
}

type Old = Pick<NamedCheck, 'kind'> & Partial<Pick<NamedCheck, 'unit' | 'implied'>>;

const none: Threshold = { joined: 'and', bounds: [{ op: '==', value: 0 }], severity: 'fail' };
const some: Threshold = { joined: 'and', bounds: [{ op: '>', value: 0 }], severity: 'fail' };

/** Types of version 3. */
const oldTypes: Readonly<Record<string, Old>> = {
  no_missing_values: { kind: 'missing', implied: none },
  missing_count: { kind: 'missing' },
  missing_percent: { kind: 'missing', unit: 'percent' },
  no_invalid_values: { kind: 'invalid', implied: none },
  invalid_count: { kind: 'invalid' },
  invalid_percent: { kind: 'invalid', unit: 'percent' },
  no_duplicate_values: { kind: 'duplicate', implied: none },
  duplicate_count: { kind: 'duplicate' },
  duplicate_percent: { kind: 'duplicate', unit: 'percent' },
  rows_exist: { kind: 'row_count', implied: some },
  rows_present: { kind: 'row_count', implied: some },
  row_count: { kind: 'row_count' },
  freshness_in_days: { kind: 'freshness' },
  freshness_in_hours: { kind: 'freshness' },
  freshness_in_minutes: { kind: 'freshness' },
};
const oldAggregates = ['avg', 'sum', 'min', 'max', 'min_length', 'max_length', 'avg_length'];

/** The type of a check that names it in a key, as those of version 3 do; null where it is none. */
export function typeOfBody(part: Part): string | null {
  const type = part.kind === 'map' ? part.members.get('type')?.part : undefined;
  return type?.kind === 'scalar' && typeof type.value === 'string' ? type.value : null;
}

/** What a check of either version is; null where it has no type. */
export function namedCheck(part: Part): NamedCheck | null {
  const type = typeOfBody(part);
  if (type !== null) return oldCheck(part as MapPart, type);
  if (part.kind === 'scalar' && typeof part.value === 'string') return made(part.value, emptyBody(part));
  const [entry, ...more] = part.kind === 'map' ? [...part.members] : [];
  if (entry === undefined || more.length > 0) return null;
  const [kind, { part: body }] = entry;
  if (body.kind === 'scalar' && body.value === null) return made(kind, emptyBody(part));
  return body.kind === 'map' ? made(kind, new Fields(body)) : null;
}

function emptyBody({ span }: Part): Fields {
  return new Fields({ kind: 'map', members: new Map(), span });
}

function made(kind: string, body: Fields): NamedCheck {
  const name = kind === 'aggregate' ? (said(body, 'function') ?? '') : '';
  return { kind, body, name, unit: 'count', implied: null, isVersion3: false };
}

function said(body: Fields, key: string): string | null {
  const part = body.part.members.get(key)?.part;
  return part?.kind === 'scalar' && typeof part.value === 'string' ? part.value : null;
}

function oldCheck(part: MapPart, type: string): NamedCheck {
  const body = new Fields(part);
  const isAggregate = oldAggregates.includes(type);
  const known = Object.hasOwn(oldTypes, type) ? oldTypes[type]! : { kind: isAggregate ? 'aggregate' : type };
  return { unit: 'count', implied: null, ...known, body, name: type, isVersion3: true };
}

/** The unit of a freshness of version 3, which its type says. @throws NotTaken */
export function unitOfType(type: string): string {
  const unit = /^freshness_in_(minute|hour|day)s$/.exec(type)?.[1];
  if (unit === undefined) throw new NotTaken(`the type ${JSON.stringify(type)} says no unit of time`);
  return unit;
}
