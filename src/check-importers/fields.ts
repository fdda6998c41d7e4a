import { describePart, type MapPart, type Part } from '../originals/index.ts';
import type { Constant } from './expressions.ts';
import { NotTaken } from './not-taken.ts';

/**
 * The members of one mapping, taken one by one, so that those that nobody asked for can be told. A member that is null counts as absent,
 * as it does to the programs that write such documents. Every method that reads throws NotTaken of a value of another type.
 */
export class Fields {
  readonly part: MapPart;
  readonly #taken = new Set<string>();

  /** @throws NotTaken of what is no mapping */
  constructor(part: Part, what = 'a mapping') {
    if (part.kind !== 'map') throw new NotTaken(`expected ${what}, found ${describePart(part)}`, part);
    this.part = part;
  }

  /** Whether a member is there, and neither null nor false. */
  isSaid(key: string): boolean {
    const part = this.part.members.get(key)?.part;
    return part !== undefined && !(part.kind === 'scalar' && (part.value === null || part.value === false));
  }

  /** The value of a member, null where there is none. */
  get(key: string): Part | null {
    this.#taken.add(key);
    const part = this.part.members.get(key)?.part;
    return part === undefined || (part.kind === 'scalar' && part.value === null) ? null : part;
  }

  /** Marks members as taken that say nothing about data. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.add(key);
  }

  text(key: string): string | null {
    const part = this.get(key);
    return part === null ? null : textOfPart(part, key);
  }

  /** A text that people read; what is none is none. */
  said(key: string): string | null {
    const part = this.get(key);
    return part?.kind === 'scalar' && typeof part.value === 'string' ? part.value : null;
  }

  needText(key: string): string {
    return this.text(key) ?? this.#missing(key);
  }

  number(key: string): number | null {
    const part = this.get(key);
    if (part === null) return null;
    const value = constantOf(part, key);
    return typeof value === 'number' ? value : wrong(key, 'a number', part);
  }

  /** A count. */
  whole(key: string): number | null {
    const value = this.number(key);
    return value === null || Number.isSafeInteger(value) ? value : wrong(key, 'a whole number', this.get(key)!);
  }

  flag(key: string): boolean | null {
    const part = this.get(key);
    if (part === null) return null;
    return part.kind === 'scalar' && typeof part.value === 'boolean' ? part.value : wrong(key, 'true or false', part);
  }

  /** A number, a text or a truth value. */
  constant(key: string): Constant | null {
    const part = this.get(key);
    return part === null ? null : constantOf(part, key);
  }

  list(key: string): readonly Part[] | null {
    const part = this.get(key);
    if (part === null) return null;
    return part.kind === 'list' ? part.items : wrong(key, 'a list', part);
  }

  texts(key: string): readonly string[] | null {
    return this.list(key)?.map((item) => textOfPart(item, key)) ?? null;
  }

  /** Values of a list; those that are null are left out. */
  constants(key: string): readonly Constant[] | null {
    const present = this.list(key)?.filter((item) => !(item.kind === 'scalar' && item.value === null));
    return present?.map((item) => constantOf(item, key)) ?? null;
  }

  fields(key: string): Fields | null {
    const part = this.get(key);
    return part === null ? null : new Fields(part, `a mapping at ${key}`);
  }

  /** Members that are there and were not asked for. */
  get untaken(): readonly string[] {
    const said = [...this.part.members].filter(([, { part }]) => !(part.kind === 'scalar' && part.value === null));
    return said.map(([key]) => key).filter((key) => !this.#taken.has(key));
  }

  #missing(key: string): never {
    throw new NotTaken(`${key} is missing`, this.part);
  }
}

function wrong(key: string, expected: string, part: Part): never {
  throw new NotTaken(`expected ${expected} as ${key}, found ${describePart(part)}`, part);
}

function textOfPart(part: Part, key: string): string {
  return part.kind === 'scalar' && typeof part.value === 'string' ? part.value : wrong(key, 'a text', part);
}

/** A number, a text or a truth value. @throws NotTaken of anything else, and of a number that no double is */
export function constantOf(part: Part, key: string): Constant {
  if (part.kind !== 'scalar' || part.value === null) return wrong(key, 'a number, a text or a truth value', part);
  if (typeof part.value === 'number' && !Number.isFinite(part.value))
    throw new NotTaken(`${key} holds a number that is not finite, or too large to be exact`, part);
  return part.value;
}
