/** The form of a governance report as JSON. Its JSON Schema is published in `schemas/`. */
import { z } from 'zod';
import { sourceNames } from './source-names.ts';

const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);
const count = z.number().int().nonnegative();
const texts = z.array(z.string());

const proof = z
  .strictObject({
    name: z.string().describe('What it is the digest of.'),
    digest,
    statement: digest.describe('Of the statement that names it.'),
    signedBy: texts.describe('Ids of the keys that signed the statement and count.'),
    logIndex: count.describe('The place of the statement in the log.'),
  })
  .describe('A digest that a signed statement names.');

const cell = z
  .strictObject({
    id: z.string().describe('As the template calls it, and answers.'),
    state: z
      .enum(['verified', 'declared', 'human', 'missing'])
      .describe('What the cell claims: proved by statements, declared alone, for a person to say, or not there.'),
    says: z.string().describe('What is looked for.'),
    from: z.enum(sourceNames).nullable().describe('What fills it; null: a person does.'),
    lines: texts,
    table: z.strictObject({ columns: texts, rows: z.array(texts) }).nullable(),
    proofs: z.array(proof).max(50).describe('Of a verified cell.'),
    furtherProofs: count.describe('How many more digests the statements name.'),
    human: z
      .strictObject({ role: z.string(), owners: texts })
      .nullable()
      .describe('Who has to answer, and who owns the system.'),
    answer: z.strictObject({ text: z.string(), by: z.string() }).nullable().describe('What a person said.'),
  })
  .describe('One cell with what fills it.');

/** A governance report, or the card of a model, as `--as json` writes it. */
export const governanceReport = z
  .strictObject({
    report: z.literal('mlspec-governance/v1').describe('The version of this form.'),
    template: z
      .strictObject({
        id: z.string(),
        title: z.string(),
        dated: z.iso.date(),
        source: z.strictObject({ name: z.string(), version: z.string(), date: z.iso.date() }),
        note: z.string().nullable(),
      })
      .describe('The template that it follows.'),
    about: z.string().describe('A run, or MODEL/VERSION.'),
    run: z
      .strictObject({
        id: z.string(),
        name: z.string(),
        state: z.string(),
        declaration: digest,
        record: digest.nullable().describe('Null where the run did not end.'),
        owners: texts,
        log: z.string().nullable().describe('The name of the log.'),
      })
      .describe('The run whose evidence it shows.'),
    verification: z
      .strictObject({
        isGood: z.boolean().describe('Where it is false, no cell is verified.'),
        broken: z
          .array(z.strictObject({ rule: z.string(), says: z.string(), by: texts }))
          .describe('Rules that are broken, with what breaks them.'),
        level: z.string(),
        next: z.string().nullable(),
        missing: texts.describe('What the next level asks for.'),
        caveats: texts.describe('What the statements cannot show.'),
      })
      .describe('What mlspec verify says of the run.'),
    counts: z
      .strictObject({ verified: count, declared: count, human: count, missing: count })
      .describe('Cells by state.'),
    sections: z
      .array(
        z.strictObject({
          number: z.string(),
          title: z.string(),
          points: z.array(z.strictObject({ number: z.string(), asks: z.string(), cells: z.array(cell) })),
        }),
      )
      .describe('As the text numbers them.'),
    madeBy: z.string().describe('Name and version of the program.'),
  })
  .describe('A governance report: cells that are verified, declared, missing, or for people to say.');
