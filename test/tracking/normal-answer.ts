/* Answers of a tracking server without what differs between two servers, or two days; as test/golden/tracking/make_requests.py writes them. */

const madeUp = /^[a-z]+-[a-z]+-\d+$/;
const clockMs = 1_600_000_000_000;
const asked = new Set(['0123456789abcdef0123456789abcdef', 'm-00000000000000000000000000000000']);
const placed = new Set(['experiment_id', 'artifact_location', 'artifact_uri', 'message']);

type Json = Readonly<Record<string, unknown>>;
const sortKeys: Readonly<Record<string, (one: Json) => string>> = {
  metrics: (one) => String(one['key']),
  params: (one) => String(one['key']),
  tags: (one) => String(one['key']),
  request_metadata: (one) => String(one['key']),
  model_inputs: (one) => String(one['model_id']),
  model_outputs: (one) => String(one['model_id']),
  dataset_inputs: ({ dataset }) => `${(dataset as Json)['name']}\0${(dataset as Json)['digest']}`,
};

/** An answer read, with integers beyond 2^53 as text; what is no object of JSON as its first letters. */
export function readAnswer(text: string): Json {
  try {
    const found: unknown = JSON.parse(text, ((key: string, value: unknown, context?: { source?: string }) => {
      const isLost =
        key !== 'value' && typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
      return isLost && /^-?\d+$/.test(context?.source ?? '') && value < 1e19 ? `int64:${context!.source}` : value;
    }) as (key: string, value: unknown) => unknown);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Json;
  } catch {
    // Told as text.
  }
  return { text: text.slice(0, 60) };
}

/** The answer without what differs. */
export function normalAnswer(answer: Json, symbols: ReadonlyMap<string, unknown>): Json {
  const word = (text: string, key: string): string => {
    if (key === 'next_page_token') return '<token>';
    if (key === 'last_update_time' && !text.startsWith('2020')) return '<time>';
    let found = text;
    for (const [name, value] of symbols) {
      if (typeof value === 'string' && /^(m-)?[0-9a-f]{32}$/.test(value)) found = found.replaceAll(value, `<${name}>`);
    }
    found = found.replaceAll(/\b(?:m-)?[0-9a-f]{32}\b/g, (id) => (asked.has(id) ? id : '<id>'));
    found = found.replaceAll(/(.)\1{99,}/gu, (all, letter: string) => `<${letter}*${all.length}>`);
    if (placed.has(key)) found = experimentsIn(found, symbols);
    return (key === 'run_name' || key === 'name') && madeUp.test(found) ? '<name>' : found;
  };
  const normal = (value: unknown, key: string): unknown => {
    if (Array.isArray(value))
      return inOrder(
        key,
        value.map((one) => normal(one, '')),
      );
    if (typeof value === 'string') return word(value, key);
    if (typeof value === 'number') return /_time(stamp_ms)?$/.test(key) && value > clockMs ? '<time>' : value;
    if (typeof value !== 'object' || value === null) return value;
    const given = Object.entries(value).map(([name, one]) => [name, normal(one, name)] as const);
    const found = Object.fromEntries(given.filter(([, one]) => !isEmpty(one)));
    if (found['key'] === 'mlflow.log-model.history') return { ...found, value: JSON.parse(String(found['value'])) };
    const isMadeUp = found['key'] === 'mlflow.runName' && madeUp.test(String(found['value']));
    return isMadeUp ? { ...found, value: '<name>' } : found;
  };
  return normal(answer, '') as Json;
}

/** Whether something is a message or a list without anything in it. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function experimentsIn(text: string, symbols: ReadonlyMap<string, unknown>): string {
  let found = text;
  for (const [name, value] of symbols) {
    if (!name.startsWith('exp') || name === 'exppage') continue;
    const form = new RegExp(`(id=|ID '?|xperiment |artifacts:/|^)(${value})(?![\\w.])`, 'g');
    found = found.replaceAll(form, `$1<${name}>`);
  }
  return found;
}

function inOrder(key: string, items: readonly unknown[]): unknown[] {
  const keyOf = sortKeys[key];
  if (keyOf === undefined || !items.every((one) => typeof one === 'object' && one !== null)) return [...items];
  const sorted = items.map((one) => ({ one, by: keyOf(one as Json) }));
  return sorted.toSorted((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0)).map(({ one }) => one);
}
