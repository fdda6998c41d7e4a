/** What stands in captured text where a secret stood. */
export const redactionMark = '[secret]';

/** Removes secrets from text that arrives in pieces. */
export interface Redactor {
  /** The part of the text so far that can no longer be the beginning of a secret, without secrets. */
  push(text: string): string;
  /** The rest. */
  end(): string;
}

/**
 * A redactor for the given values, and for their base64, percent-encoded and JSON forms. A secret that is split between
 * two pieces is found too: the end of the text is held back as far as it is the beginning of one. Every character that
 * belongs to any occurrence of any secret is removed, also where occurrences overlap; each stretch of such characters
 * becomes one mark.
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const needles = [...new Set([...secrets].flatMap(formsOf))].filter((needle) => needle !== '');
  if (needles.length === 0) return { push: (text) => text, end: () => '' };
  let pending = '';
  // How many characters at the beginning of `pending` are known to be secret, their mark already written.
  let covered = 0;
  const emit = (until: number): string => {
    // Nothing leaves, and what is known of the beginning stays known.
    if (until === 0) return '';
    const stretches = merge(
      covered > 0 ? [[0, covered], ...occurrences(pending, needles)] : occurrences(pending, needles),
    );
    let out = '';
    let at = 0;
    let secretUntil = 0;
    for (const [start, end] of stretches) {
      if (start >= until) break;
      out += pending.slice(at, start) + (covered > 0 && start === 0 ? '' : redactionMark);
      at = Math.min(end, until);
      secretUntil = end;
    }
    out += pending.slice(at, until);
    pending = pending.slice(until);
    covered = Math.max(0, secretUntil - until);
    return out;
  };
  return {
    push: (text) => {
      pending += text;
      return emit(pending.length - Math.max(...needles.map((needle) => begunLength(pending, needle))));
    },
    end: () => emit(pending.length),
  };
}

/** A text without secrets. */
export function redactText(text: string, secrets: Iterable<string>): string {
  const redactor = createRedactor(secrets);
  return redactor.push(text) + redactor.end();
}

/** A JSON value without secrets, in member names too. */
export function redactJson<T>(value: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return value;
  const clean = (member: unknown): unknown => {
    if (typeof member === 'string') return redactText(member, secrets);
    if (Array.isArray(member)) return member.map(clean);
    if (typeof member !== 'object' || member === null) return member;
    return Object.fromEntries(Object.entries(member).map(([name, one]) => [redactText(name, secrets), clean(one)]));
  };
  return clean(value) as T;
}

/** How much of the end of a text is the beginning of a needle, and not the whole of it. */
function begunLength(text: string, needle: string): number {
  for (let length = Math.min(needle.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(needle.slice(0, length))) return length;
  }
  return 0;
}

/** Where any needle stands in a text, as [start, end), by start. Occurrences may overlap. */
function occurrences(text: string, needles: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1))
      found.push([at, at + needle.length]);
  }
  return found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
}

/** Overlapping stretches as one; those that only touch stay apart. */
function merge(sorted: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

const shortestLine = 12;

/** A secret as programs print it: as it is, encoded, inside JSON, and the longer lines of one that has several. */
function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [
    secret,
    base64,
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
    ...(lines.length > 1 ? lines.filter((line) => line.length >= shortestLine) : []),
  ];
}
