import { markdown, markdownTable } from '../markdown.ts';
import { cellStates, type FilledCell, type GovernanceReport } from './fill-template.ts';
import { stateWords } from './state-words.ts';

/** A governance report as Markdown, ending in a line end. Texts of others stand for themselves. */
export function writeGovernanceMarkdown(report: GovernanceReport): string {
  const { template, about, sections, madeBy } = report;
  const parts = [
    `# ${markdown(template.title)}: ${markdown(about)}`,
    `${markdown(`${template.source.name}, ${template.source.version} (${template.source.date})`)}. Template ${markdown(template.id)} of ${template.dated}.`,
    template.note === null ? '' : markdown(template.note),
    facts(report),
    markdownTable(
      '## What the words mean',
      ['state', 'cells', ''],
      cellStates.map((state) => [state, String(report.counts[state]), stateWords[state]]),
    ),
    ...sections.flatMap(({ number, title, points }) => [
      `## ${heading(number, title)}`,
      ...points.flatMap((point) => [`### ${heading(point.number, point.asks)}`, ...point.cells.map(writeCell)]),
    ]),
    `Made by ${markdown(madeBy)}.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Number and title; once where they are the same. */
function heading(number: string, title: string): string {
  return markdown(number === title ? number : `${number}: ${title}`);
}

function facts({ run, verification }: GovernanceReport): string {
  const { level, next, missing, caveats, broken, isGood } = verification;
  return markdownTable(
    '## The run',
    ['', ''],
    [
      ['run', `${run.id}, ${run.state}`],
      ['declaration', `${run.name}, ${run.declaration}`],
      ...(run.record === null ? [] : [['record', run.record]]),
      ['owners', run.owners.length === 0 ? 'none declared' : run.owners.join(', ')],
      ...(run.log === null ? [] : [['log', run.log]]),
      ['verification', isGood ? 'every rule holds' : 'not verified: no cell of this report is'],
      ...broken.map(({ rule, by }) => [`broken: ${rule}`, by.join('; ')]),
      ['level', `${level}${next === null ? '' : `; ${next} asks for ${missing.join(', ')}`}`],
      ...caveats.map((caveat) => ['but', caveat]),
    ],
  );
}

function writeCell(cell: FilledCell): string {
  const { state, says, id, lines, table, proofs, furtherProofs, human, answer } = cell;
  const owners = human === null || human.owners.length === 0 ? 'no owner declared' : human.owners.join(', ');
  const parts = [
    `**${state}** · ${markdown(says)} · \`${id}\``,
    human === null || answer !== null ? '' : `Open: ${markdown(human.role)} (${markdown(owners)}).`,
    lines.map((line) => `- ${markdown(line)}`).join('\n'),
    table === null ? '' : markdownTable('', table.columns, table.rows).trimStart(),
    answer === null
      ? ''
      : `${answer.text
          .split(/\r?\n/)
          .map((line) => `> ${markdown(line)}`)
          .join('\n')}\n>\n> answered by ${markdown(answer.by)}`,
    markdownTable(
      '',
      ['evidence', 'digest', 'statement', 'signed by', 'log entry'],
      proofs.map(({ name, digest, statement, signedBy, logIndex }) => [
        ...[name, digest, statement, signedBy.join(', ')],
        String(logIndex),
      ]),
    ).trimStart(),
    furtherProofs === 0 ? '' : `and ${furtherProofs} more digests in the statements`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
