/** What people say to cells that only a person can fill: a file of theirs, by the ids of cells. It never proves anything. */
import { z } from 'zod';
import { nearestName } from '../../encoding/index.ts';
import { type Finding, readTyped } from '../../spec/index.ts';
import { cellsOf, type GovernanceTemplate } from './template.ts';

/** A file of answers as people write it. */
export const governanceAnswers = z
  .strictObject({
    answers: z
      .record(
        z.string(),
        z.strictObject({
          text: z.string().min(1).max(20_000).describe('The answer, in words.'),
          by: z.string().min(1).max(200).describe('Who says so.'),
        }),
      )
      .describe('Answers by the ids of cells.'),
  })
  .describe('What people say to cells of a governance report.');

/** Answers by the ids of cells. */
export type GovernanceAnswers = z.output<typeof governanceAnswers>['answers'];

/** Reads answers to a template (YAML or JSON). Never throws: they are null where there is a finding of severity error. */
export function readAnswers(
  text: string,
  file: string,
  template: GovernanceTemplate,
): { readonly answers: GovernanceAnswers | null; readonly findings: readonly Finding[] } {
  const read = readTyped(text, { file, type: governanceAnswers });
  const known = cellsOf(template).map(({ id }) => id);
  const unknown = Object.keys(read.value?.answers ?? {}).filter((id) => !known.includes(id));
  const findings = read.locate(unknown.map((id) => unknownCell(id, known)));
  return {
    answers: findings.length === 0 ? (read.value?.answers ?? null) : null,
    findings: [...read.findings, ...findings],
  };
}

function unknownCell(id: string, known: readonly string[]): Finding {
  const nearest = nearestName(id, known);
  return {
    rule: 'governance/unknown-cell',
    severity: 'error',
    path: ['answers', id],
    message: `the template has no cell ${id}`,
    suggestion: nearest === null ? 'use the id of a cell; the report shows them' : `did you mean ${nearest}?`,
  };
}
