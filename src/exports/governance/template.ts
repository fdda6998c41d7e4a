/**
 * The form of a template: which points of a legal or normative text there are, by its own numbering, and what fills each.
 * A template is data. It names what fills a cell by a word of a closed vocabulary, or says that only a person can.
 */
import { z } from 'zod';
import { type Finding, readTyped } from '../../spec/index.ts';
import { sourceNames } from './source-names.ts';

const line = (longest: number) => z.string().min(1).max(longest);
const date = z.iso.date('expected a date such as 2026-01-31');
const cellId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a name of letters, digits, ., _ and -')
  .describe('What an answer calls the cell. No two cells of a template share one.');

const cell = z
  .union([
    z.strictObject({
      id: cellId,
      from: z.enum(sourceNames).describe('What of the run or its declaration fills the cell.'),
      says: line(500).optional().describe('What is looked for here; by default what the source is.'),
    }),
    z.strictObject({
      id: cellId,
      human: line(100).describe('The role of the person who has to say it.'),
      says: line(500).optional().describe('What is to be said; by default what the point asks.'),
    }),
  ])
  .describe('One answer: {id, from} or {id, human}.');

const point = z
  .strictObject({
    number: line(40).describe('As the text numbers it, for example 2(d) or MEASURE 2.11.'),
    asks: line(500).describe('What it asks for, in few words.'),
    cells: z.array(cell).min(1).max(50).describe('What answers it.'),
  })
  .describe('One point of the text.');

/** A template as people write it. */
export const governanceTemplate = z
  .strictObject({
    template: z.literal(1).describe('The version of this form.'),
    id: cellId.describe('The name of the template.'),
    title: line(200).describe('The title of the report.'),
    dated: date.describe('When the template was last held against its source.'),
    source: z
      .strictObject({
        name: line(200).describe('The text that it follows.'),
        version: line(200).describe('Which version of it.'),
        date: date.describe('The date of that version.'),
      })
      .describe('The text that the template follows.'),
    note: line(2000).optional().describe('What a reader of the report must know of it.'),
    sections: z
      .array(
        z.strictObject({
          number: line(40).describe('As the text numbers it.'),
          title: line(200).describe('What it is about.'),
          points: z.array(point).min(1).max(100).describe('Its points.'),
        }),
      )
      .min(1)
      .max(100)
      .describe('The sections of the text, in its order.'),
  })
  .describe('A template of a governance report.');

/** A template. */
export type GovernanceTemplate = z.output<typeof governanceTemplate>;
/** A cell of one. */
export type TemplateCell = GovernanceTemplate['sections'][number]['points'][number]['cells'][number];

/** Reads a template (YAML or JSON). Never throws: the template is null where there is a finding of severity error. */
export function readTemplate(
  text: string,
  file: string,
): { readonly template: GovernanceTemplate | null; readonly findings: readonly Finding[] } {
  const read = readTyped(text, { file, type: governanceTemplate });
  const doubled = read.locate(doubledCells(read.value));
  return { template: doubled.length === 0 ? read.value : null, findings: [...read.findings, ...doubled] };
}

function doubledCells(template: GovernanceTemplate | null): Finding[] {
  const seen = new Set<string>();
  return (template?.sections ?? []).flatMap(({ points }, section) =>
    points.flatMap(({ cells }, at) =>
      cells.flatMap(({ id }, index): Finding[] => {
        if (!seen.has(id)) {
          seen.add(id);
          return [];
        }
        return [
          {
            rule: 'governance/duplicate-cell',
            severity: 'error',
            path: ['sections', section, 'points', at, 'cells', index, 'id'],
            message: `another cell is called ${id} already`,
            suggestion: 'give it a name of its own',
          },
        ];
      }),
    ),
  );
}

/** Every cell of a template, in order. */
export function cellsOf({ sections }: GovernanceTemplate): TemplateCell[] {
  return sections.flatMap(({ points }) => points.flatMap(({ cells }) => cells));
}
