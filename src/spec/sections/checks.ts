import { z } from 'zod';
import { type HistoryDemand, writtenHistory } from './history.ts';
import { type Implementation, pythonFunction, toImplementation, typescriptFunction } from './implementation.ts';
import { bytes, duration, names, share } from './quantities.ts';

const defaultTimeoutMs = 10 * 60_000;
const defaultMemoryBytes = 2 * 1024 ** 3;

const part = z
  .union([
    z.number().min(0).lt(1),
    z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, 'expected a share such as 0.5% or a number of rows such as 20 rows'),
  ])
  .pipe(share);
const rows = z
  .union([z.int().min(2), z.string().regex(/^\s*\d+\s*rows?\s*$/)])
  .transform((written) => ({ rows: Number.parseInt(String(written), 10) }));

/** How many rows may break a check: a share below 1, a percentage, or a number of rows. 1 alone could be either. */
const tolerance = z
  .union([part, rows])
  .describe('How many rows may break it: a share such as 0.5%, or a number of rows such as 20 rows; default none.');

/** What a check of the project's own is carried out by: SQL for a value, SQL for the rows that fail, or a function. */
type OwnImplementation =
  | Extract<Implementation, { kind: 'sql' | 'python' | 'typescript' }>
  | { readonly kind: 'failing'; readonly sql: string };

/** A check as it is written: its condition alone, or with what belongs to it. */
export const writtenCheck = z
  .union([
    z.string().transform((that) => ({ that })),
    z.strictObject({
      that: z
        .string()
        .optional()
        .describe(
          'What must be true, for example distance between 10 and 6000; of sql and functions with one value, what it must be.',
        ),
      sql: z
        .string()
        .optional()
        .describe('A SELECT over data that gives one value, of which `that` says what it must be, or a .sql file.'),
      failing: z
        .string()
        .optional()
        .describe('A SELECT over data that gives the rows that fail, with all columns or __place, or a .sql file.'),
      python: pythonFunction
        .optional()
        .describe('module:function or file.py:function over batches of rows: a mask, or with `that` one value.'),
      typescript: typescriptFunction
        .optional()
        .describe('file.ts#function over batches of rows: a mask, or with `that` one value.'),
      severity: z.enum(['fail', 'warn']).optional().describe('Whether a broken check fails or warns; default fail.'),
      on: names
        .optional()
        .describe('The parts that the check is about; default all open ones. On a sealed one its gate carries it out.'),
      where: z.string().optional().describe('The rows that the check is about.'),
      of: z
        .enum(['present', 'all'])
        .optional()
        .describe(
          'Whether a row of which it says nothing, because a value is missing, is left out (present, the default) or fails (all).',
        ),
      tolerance: tolerance.optional(),
      timeout: duration.optional().describe('Of sql, failing and functions: how long they may take; default 10 min.'),
      limits: z
        .strictObject({ memory: bytes.optional().describe('Memory, for example 4 GiB; default 2 GiB.') })
        .optional()
        .describe('Of sql, failing and functions: what they may use.'),
      history: writtenHistory
        .optional()
        .describe(
          'What the value that stands under that is expected to be after those of earlier runs: threshold, change, normal, or keys below.',
        ),
      why: z.string().optional().describe('Why this must be true.'),
    }),
  ])
  .transform((written, context) => {
    const full = written as WrittenCheck;
    const problem = problemOf(full);
    if (problem !== null) {
      context.addIssue({ code: 'custom', message: problem, input: written });
      return z.NEVER;
    }
    const terms = {
      severity: full.severity ?? ('fail' as const),
      on: full.on ?? null,
      where: full.where ?? null,
      of: full.of ?? ('present' as const),
      tolerance: full.tolerance ?? 0,
      why: full.why ?? '',
    };
    const implementation = ownOf(full);
    // Left out where it is not declared.
    const history: { readonly history?: HistoryDemand } = full.history === undefined ? {} : { history: full.history };
    if (implementation === null) return { that: full.that!, own: null, ...terms, ...history };
    const timeoutMs = full.timeout ?? defaultTimeoutMs;
    const own = { ...implementation, timeoutMs, memoryBytes: full.limits?.memory ?? defaultMemoryBytes };
    return { that: full.that ?? null, own, ...terms, ...history };
  });

interface WrittenCheck {
  readonly that?: string;
  readonly sql?: string;
  readonly failing?: string;
  readonly python?: string;
  readonly typescript?: string;
  readonly severity?: 'fail' | 'warn';
  readonly on?: readonly string[];
  readonly where?: string;
  readonly of?: 'present' | 'all';
  readonly tolerance?: number | { rows: number };
  readonly timeout?: number;
  readonly limits?: { readonly memory?: number | undefined };
  readonly history?: HistoryDemand;
  readonly why?: string;
}

function ownOf({ failing, ...written }: WrittenCheck): OwnImplementation | null {
  if (failing !== undefined) return { kind: 'failing', sql: failing };
  return toImplementation(written) as OwnImplementation | null;
}

/** What is wrong with the keys of a check together; null where nothing is. */
function problemOf(written: WrittenCheck): string | null {
  const own = (['sql', 'failing', 'python', 'typescript'] as const).filter((key) => written[key] !== undefined);
  const { that, of, tolerance: tolerated } = written;
  if (own.length > 1) return `expected one of sql, failing, python and typescript, found ${own.join(' and ')}`;
  const [key] = own;
  if (key === undefined) {
    if (that === undefined) return 'expected that, or one of sql, failing, python and typescript';
    const limit = (['timeout', 'limits'] as const).find((one) => written[one] !== undefined);
    return limit === undefined ? null : `${limit} is of checks by sql, failing, python or typescript; this is none`;
  }
  if (written.history !== undefined)
    return 'history is of values in the language of checks: expected none beside sql, failing, python or typescript';
  if (key === 'sql' && that === undefined)
    return 'sql gives one value: expected that with what it must be, for example that: value < 5';
  if (key === 'failing' && that !== undefined)
    return 'failing gives the rows that fail: expected no that; for one value write sql';
  if (key === 'failing' && of === 'all')
    return 'failing says of every row whether it fails: expected no of: all; restrict it by where';
  if (that !== undefined && tolerated !== undefined)
    return 'a check of one value has no rows of which some could be tolerated: expected no tolerance; write it into that';
  return null;
}
