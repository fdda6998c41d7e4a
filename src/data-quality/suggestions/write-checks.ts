import { flowText } from '../schema/schema-file.ts';
import type { SuggestedCheck, Suggestions } from './suggestion.ts';
import { shareText } from './written-bounds.ts';

const shownNames = 10;

/** Suggested checks as the text of a file of checks, with what they were made from and how they did. Signs that a terminal would obey are written as escapes. */
export function writeSuggestions(suggestions: Suggestions): string {
  const { rule, rowCount, partitionCount, from, to, small, backTest, dropped, strange, checks } = suggestions;
  const { heldOutCount, alarmCount, rateAtMost } = backTest;
  const head = [
    `Suggested from ${rowCount} rows in ${partitionCount} partitions by ${flowText(rule)}, ${flowText(from)} to ${flowText(to)}.`,
    `Made each time from what came before, the checks raised an alarm in ${alarmCount} of ${heldOutCount} held-out partitions:`,
    `${percent(alarmCount / heldOutCount)}, and at most ${percent(rateAtMost)} at 95 % confidence, if the next ones are like these.`,
    'Correct what you know better: mlspec data check --checks takes this file as it is.',
    ...(small.length === 0
      ? []
      : [`Partitions with fewer than a quarter of the usual rows were left aside: ${listed(small)}.`]),
    ...(strange.length === 0
      ? []
      : [`They also raise one in ${strange.length} of the partitions that they were made from: ${listed(strange)}.`]),
    ...(dropped.length === 0
      ? []
      : [`Left out, because they did not hold: ${dropped.map(({ that }) => flowText(that)).join('; ')}.`]),
  ];
  return `${head.map((line) => `# ${line}\n`).join('')}checks:\n${checks.map(writtenCheck).join('')}`;
}

function listed(names: readonly string[]): string {
  return `${names
    .slice(0, shownNames)
    .map((name) => flowText(name))
    .join(', ')}${names.length > shownNames ? ', …' : ''}`;
}

function writtenCheck({ that, tolerance, why }: SuggestedCheck): string {
  const lines = [
    `  - that: ${flowText(that)}`,
    ...(tolerance === 0 ? [] : [`    tolerance: ${shareText(tolerance)}`]),
    `    why: ${flowText(why)}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
