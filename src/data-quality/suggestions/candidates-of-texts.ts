/** Checks that columns of texts may be held to: how long they are, of which characters, of which form. */
import { quantileOfSorted } from '../../stats/index.ts';
import type { Field } from '../../tables/index.ts';
import { textFormats } from '../text-formats.ts';
import type { Series } from './back-test.ts';
import {
  type Answers,
  type Candidate,
  type CandidatePlan,
  columnText,
  extentOf,
  failingShares,
  fixed,
  type Known,
  literalText,
  middleOf,
  neverFails,
  sortedValues,
} from './candidate.ts';
import { domainCandidates, presenceCandidates } from './candidates-of-values.ts';
import { rareCandidate, shareCandidate, strictCandidate, wholeCandidate } from './make-candidate.ts';
import { between, told } from './written-bounds.ts';

const ofWords = ['garbled', 'blank', 'padded', 'control'];
/** What all characters may be, the narrowest first, and of which other groups that leaves nothing to ask. */
const alphabets: readonly (readonly [pattern: string, says: string, follows: readonly string[]])[] = [
  ['^[0-9]+$', 'digits', ofWords],
  ['^[A-Z]+$', 'capitals', ofWords],
  ['^[a-z]+$', 'small letters', ofWords],
  ['^[A-Za-z]+$', 'letters', ofWords],
  ['^[A-Z0-9]+$', 'capitals and digits', ofWords],
  ['^[A-Za-z0-9]+$', 'letters and digits', ofWords],
  ['^[^a-z\\x{80}-\\x{10FFFF}]*$', 'ASCII without small letters', ['garbled']],
  ['^[ -~]*$', 'ASCII that can be printed', ['garbled', 'control']],
];
/** What UTF-8 looks like that was read as something else, and the sign for what could not be read. */
const garbled = '\\x{FFFD}|[\\x{C2}\\x{C3}][\\x{80}-\\x{BF}]|\\x{E2}\\x{20AC}';
const lengthShares = [0.1, 0.5, 0.9];
const nearlyNone = 0.02;
const keyRows = 100;

/** Checks of a column of texts. */
export function* textCandidates(field: Field, known: Known): CandidatePlan {
  const x = columnText(field);
  const domain = known.domains.get(field.name);
  if (domain !== undefined) {
    const answers = yield { values: presenceCandidates.values(x), checks: presenceCandidates.checks(x) };
    return [...presenceCandidates.of(field, answers, known), ...(yield* domainCandidates(field, domain, known))];
  }
  const lengths = lengthShares.map((share) => `quantile(length(${x}), ${100 * share}%)`);
  const forms = formsOf(x);
  const { values: distinctCount = 0, present = 0 } = known.distinct.get(field.name) ?? {};
  const isKey = present >= keyRows && distinctCount === present;
  const unique = `unique(${x})`;
  const distinctness = `distinctness(${x})`;
  const first = yield {
    values: [...presenceCandidates.values(x), `min(length(${x}))`, `max(length(${x}))`, ...lengths, distinctness],
    checks: [...presenceCandidates.checks(x), ...forms.map(({ that }) => that), ...(isKey ? [unique] : [])],
  };
  const column = field.name;
  const range = yield* lengthRange(field, first, known);
  return [
    ...presenceCandidates.of(field, first, known),
    ...formCandidates(field, { forms, answers: first, known }),
    ...range,
    ...lengths.flatMap((about) => lengthCandidate(field, about, first)),
    isKey
      ? strictCandidate({ kind: 'key', column, about: unique }, { answers: first, seen: 'no value was there twice' })
      : shareCandidate(
          { kind: 'distinct', column, about: distinctness },
          { values: first.value(distinctness), usualRows: known.usualRows, sides: 'both' },
        ),
  ];
}

interface Form {
  readonly that: string;
  readonly says: string;
  /** Of the forms of one group the first that holds is enough. */
  readonly group: string;
  /** Groups that say nothing more where it holds. */
  readonly follows: readonly string[];
}

function formsOf(x: string): Form[] {
  return [
    ...textFormats.map((format) => ({
      that: `is_${format.replace('-', '_')}(${x})`,
      says: `every value was a ${format}`,
      group: 'alphabet',
      follows: format === 'json' ? [] : ofWords,
    })),
    ...alphabets.map(([pattern, says, follows]) => ({
      that: `${x} matches ${literalText(pattern)}`,
      says: `every value was of ${says}`,
      group: 'alphabet',
      follows,
    })),
    { that: `not (${x} matches ${literalText(garbled)})`, says: 'no value was garbled', group: 'garbled', follows: [] },
    { that: `not is_blank(${x})`, says: 'no value was blank', group: 'blank', follows: [] },
    { that: `not is_padded(${x})`, says: 'no value began or ended with white space', group: 'padded', follows: [] },
    { that: `not has_control(${x})`, says: 'no value had a control character', group: 'control', follows: [] },
    { that: `not is_missing_word(${x})`, says: 'no value was a word for a missing one', group: 'word', follows: [] },
  ];
}

/** The first form of each group that every value had, or else nearly every one. */
function formCandidates(
  { name }: Field,
  { forms, answers, known }: { readonly forms: readonly Form[]; readonly answers: Answers; readonly known: Known },
): Candidate[] {
  const groups = Map.groupBy(forms, ({ group }) => group);
  const held = groups.get('alphabet')!.find(({ that }) => neverFails(answers.failing(that)));
  return [...groups].flatMap(([question, group]): Candidate[] => {
    if (held?.follows.includes(question)) return [];
    const kind = group[0]!.that.startsWith('is_') ? 'format' : 'characters';
    const strict = group.find(({ that }) => neverFails(answers.failing(that)));
    if (strict !== undefined)
      return [strictCandidate({ kind, column: name, about: strict.that }, { answers, seen: strict.says })];
    const nearly = group.findLast(({ that }) => middleOf(failingShares(answers.failing(that))) <= nearlyNone);
    if (nearly === undefined) return [];
    const { that } = nearly;
    const values = failingShares(answers.failing(that));
    const seen = `at most ${told(100 * extentOf(values)!.high)} % of the values were not so`;
    return [rareCandidate({ kind, column: name, about: that }, { series: fixed(values), known, that, seen })];
  });
}

/** The lengths that nine partitions in ten keep to, and as much again on both sides. */
function* lengthRange(field: Field, { value }: Answers, known: Known): CandidatePlan {
  const { ends, partitionCount } = known;
  const x = columnText(field);
  const texts = new Map<number, string>();
  for (const end of ends) {
    const lows = sortedValues(value(`min(length(${x}))`).slice(0, end));
    const highs = sortedValues(value(`max(length(${x}))`).slice(0, end));
    if (lows.length === 0 || highs.length === 0) return [];
    const low = Math.floor(2 * quantileOfSorted(lows, 0.1) - quantileOfSorted(lows, 0.5));
    const high = Math.ceil(2 * quantileOfSorted(highs, 0.9) - quantileOfSorted(highs, 0.5));
    texts.set(end, between(`length(${x})`, { low: Math.max(0, low), high }));
  }
  const answers = yield { checks: [...texts.values()] };
  const shares = new Map([...texts].map(([end, text]) => [end, failingShares(answers.failing(text))]));
  const that = texts.get(partitionCount)!;
  const series = (end: number): Series => ({ values: shares.get(end)!, from: 0 });
  const named = { kind: 'length', column: field.name, about: `the length of ${x}` } as const;
  return [rareCandidate(named, { series, known, that, seen: 'texts were so long' })];
}

function lengthCandidate({ name }: Field, about: string, { value }: Answers): Candidate[] {
  const values = value(about);
  const seen = extentOf(values);
  return seen === null || seen.low === seen.high
    ? []
    : [wholeCandidate({ kind: 'length', column: name, about }, { values, scale: 'value', floor: 0.5 })];
}
