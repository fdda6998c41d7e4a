import { readFile, writeFile } from 'node:fs/promises';
import {
  addCounts,
  countGroups,
  findLosses,
  type GroupCounts,
  type GroupLoss,
  type LossLimits,
} from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { testResult, testResultPredicateType } from '../../provenance/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { type KnownParts, openParts, openTable } from './inspected-rows.ts';
import type { InspectedTable, InspectionParams } from './plan-inspection.ts';
import { requireColumns } from './required-columns.ts';
import type { InspectionReport } from './result.ts';

/** The chance that any group is told where rows leave whatever group they are of. */
const falseAlarmRate = 0.01;
const maximumLines = 20;

type Column = InspectionReport['columns'][number];
type Loss = InspectionReport['losses'][number];
type NotTold = InspectionReport['notTold'][number];

/** What ingestion counted around its query. */
interface Ingested {
  readonly told: readonly {
    readonly source: string;
    readonly column: string;
    readonly before: GroupCounts;
    readonly after: GroupCounts;
  }[];
  readonly notTold: readonly {
    readonly source: string | null;
    readonly column: string | null;
    readonly reason: string;
  }[];
}

interface Work {
  readonly engine: QueryEngine;
  readonly context: StepContext;
  readonly params: InspectionParams;
  readonly parts: KnownParts;
}

/**
 * Counts the groups of the declared columns in every table of open rows, and says which step took one away.
 * @throws PlatformError ANALYSIS_COLUMN_MISSING; ANALYSIS_GROUP_LOST where that is declared to fail
 */
export async function runInspection(context: StepContext): Promise<void> {
  const params = context.params as unknown as InspectionParams;
  const engine = await context.tables();
  const parts = await openParts(engine, context, params);
  requireColumns(parts.fields, params.columns);
  const work: Work = { engine, context, params, parts };
  const ingested = await readIngested(context);
  const notTold: NotTold[] = ingested.notTold.map(({ source, ...one }) => ({
    ...one,
    table: `ingestion.${source ?? 'sources'}`,
  }));
  const columns = params.columns.map(
    ({ name: column }): Column => ({
      column,
      tables: [],
      sources: ingested.told
        .filter((one) => one.column === column)
        .map(({ source, before, after }) => ({ source, before, after })),
    }),
  );
  await countTables(work, columns, notTold);
  const losses = lossesOf(columns, params);
  const report: InspectionReport = { mostLoss: params.mostLoss, falseAlarmRate, columns, losses, notTold };
  await conclude(report, params, context);
}

async function readIngested(context: StepContext): Promise<Ingested> {
  const report = JSON.parse(await readFile(context.inputs['ingested']![0]!.path, 'utf8')) as { inspected?: Ingested };
  return report.inspected ?? { told: [], notTold: [] };
}

/** Counts the groups of every column in every table: those that are largest in the open parts together. */
async function countTables(
  { engine, context, params, parts }: Work,
  columns: readonly Column[],
  notTold: NotTold[],
): Promise<void> {
  const { signal } = context;
  const listed = await Promise.all(
    params.columns.map(async (slice) => {
      const { groups } = await countGroups(engine, { source: 'parts', slice, listed: null }, { signal });
      return groups.map(({ group }) => group);
    }),
  );
  for (const [done, table] of params.tables.entries()) {
    context.progress({ done, total: params.tables.length, message: nameOf(table) });
    const path = pathOf(table, context);
    // A step of the project's own may have been skipped, or have left an output out.
    if (path === null) continue;
    const opened = await openTable(engine, { table, path, signal }, parts);
    for (const [at, slice] of params.columns.entries()) {
      const rows = await opened.rows(slice.column);
      if ('reason' in rows) {
        notTold.push({ table: nameOf(table), column: slice.name, reason: rows.reason });
        continue;
      }
      const counts = await countGroups(engine, { source: rows.source, slice, listed: listed[at]! }, { signal });
      columns[at]!.tables.push({ table: nameOf(table), knownBy: rows.knownBy, counts });
    }
    await opened.close();
  }
}

function pathOf({ step, port, kind }: InspectedTable, context: StepContext): string | null {
  const inputs = context.inputs[kind === 'part' ? 'parts' : 'tables'] ?? [];
  return inputs.find(({ from }) => from.step === step && from.port === port)?.path ?? null;
}

function nameOf({ step, port }: InspectedTable): string {
  return `${step}.${port}`;
}

/** A change of the groups of a column at one step. */
interface Change {
  readonly step: string;
  readonly table: string;
  readonly from: readonly string[];
  readonly column: string;
  readonly before: GroupCounts;
  readonly after: GroupCounts;
  readonly isNested: boolean;
}

/** What was lost, by the order of steps; every group of every step is one chance to be wrong. */
function lossesOf(columns: readonly Column[], { tables, mostLoss }: InspectionParams): Loss[] {
  const changes = columns.flatMap((column) => changesOf(column, tables));
  const asked = changes.reduce((sum, { before }) => sum + before.groups.filter(({ count }) => count > 0).length, 0);
  const limits: LossLimits = { mostLoss, falseAlarmRate: falseAlarmRate / Math.max(1, asked) };
  return changes.flatMap((change) =>
    findLosses(change, limits).map((loss): Loss => {
      const { step, table, from, column } = change;
      return { step, table, from: [...from], column, ...loss, message: messageOf(change, loss) };
    }),
  );
}

function changesOf({ column, tables: counted, sources }: Column, tables: readonly InspectedTable[]): Change[] {
  const around = sources.map(
    ({ source, before, after }): Change => ({
      ...{ step: 'ingestion', table: 'ingestion.dataset', from: [source], column, before, after },
      isNested: false,
    }),
  );
  const behind = tables.flatMap((table): Change[] => {
    const after = counted.find((one) => one.table === nameOf(table));
    const from = table.from.flatMap((at) => counted.find((one) => one.table === nameOf(tables[at]!)) ?? []);
    // Without one of the tables that it was made from nothing is known of what there was before.
    if (after === undefined || from.length === 0 || from.length < table.from.length) return [];
    return [
      {
        ...{ step: table.step, table: after.table, from: from.map((one) => one.table), column },
        before: addCounts(from.map(({ counts }) => counts)),
        after: after.counts,
        isNested: table.kind !== 'declared',
      },
    ];
  });
  return [...around, ...behind];
}

function messageOf({ step, table, column, after }: Change, { group, before, after: left, change }: GroupLoss): string {
  const where = table.startsWith(`${step}.`) ? `${step} (${table.slice(step.length + 1)})` : step;
  const lost = `${Number((-100 * change).toPrecision(3))} % less`;
  return `${where}: ${column} = ${group} goes from ${percent(before.share)} to ${percent(left.share)} of the rows, ${lost}: ${left.rowCount} of ${before.rowCount} rows are left${after.rowCount === 0 ? ', and no other' : ''}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

async function conclude(
  report: InspectionReport,
  { severity, columns }: InspectionParams,
  context: StepContext,
): Promise<void> {
  const output = context.outputs['report']!.path;
  await writeFile(output, canonicalJson(report as unknown as JsonValue));
  const messages = report.losses.map(({ message }) => message);
  context.value('lost', messages.slice(0, maximumLines));
  for (const line of messages) context.log('warn', line);
  const lost = new Set(report.losses.map(({ column }) => column));
  const named = (isLost: boolean): string[] =>
    columns.map(({ name }) => name).filter((name) => lost.has(name) === isLost);
  context.attest({
    predicateType: testResultPredicateType,
    about: ['parts', 'tables', 'report'],
    predicate: testResult({
      passed: named(false),
      warned: severity === 'warn' ? named(true) : [],
      failed: severity === 'fail' ? named(true) : [],
    }),
  });
  if (severity === 'warn' || messages.length === 0) return;
  context.keep(output, 'report.json');
  const more = messages.length > maximumLines ? `\nand ${messages.length - maximumLines} more` : '';
  throw new PlatformError('ANALYSIS_GROUP_LOST', {
    message: `steps took groups of rows away:\n${messages.slice(0, maximumLines).join('\n')}${more}`,
    details: { lost: messages.slice(0, maximumLines) },
  });
}
