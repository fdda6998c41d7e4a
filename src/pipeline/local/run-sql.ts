import { dirname, resolve } from 'node:path';
import type { JsonValue } from '../../encoding/index.ts';
import { assert, PlatformError } from '../../errors/index.ts';
import { sqlFile } from '../../spec/sql-file.ts';
import { parquetFilesSource, quoteIdentifier, quoteLiteral, tableFiles } from '../../tables/index.ts';
import type { Invocation } from '../invocation.ts';
import type { StepContext } from '../stage.ts';
import type { CodeRecorder } from './code-recorder.ts';
import { processOptions } from './run-builtin.ts';
import { runStepProcess } from './step-process.ts';

const tableTypes: ReadonlySet<string> = new Set(['Dataset', 'Predictions']);
const placeholder = /\{params\.([A-Za-z0-9_-]+)\}/g;

/** Runs the SELECT of an SQL step over its inputs, each a table by the name of its port. Resolves to the exit code. */
export async function runSql(invocation: Invocation, recorder: CodeRecorder): Promise<number> {
  const options = await processOptions(recorder);
  return await runStepProcess(invocation, (context) => select(invocation, context, recorder), options);
}

async function select(invocation: Invocation, context: StepContext, recorder: CodeRecorder): Promise<void> {
  const { component } = invocation;
  assert(component.kind === 'sql', `${invocation.step} is not an SQL step`);
  const sql = withParameters(textOf(component.sql, invocation, recorder), invocation);
  const [output, ...further] = Object.values(context.outputs).filter((one) => tableTypes.has(one.type));
  if (output === undefined || further.length > 0)
    throw new PlatformError('COMPONENT_MISSING_PORT', {
      message: `expected step ${invocation.step} to have one output of type Dataset for the result of its SELECT, found ${further.length === 0 ? 'none' : further.length + 1}`,
      hint: 'Declare outputs: {<name>: Dataset}.',
    });
  const tables = await context.tables();
  const files: string[] = [];
  for (const [port, inputs] of Object.entries(invocation.inputs)) {
    const given = inputs.length > 0 && inputs.every((input) => tableTypes.has(input.type)) ? inputs : [];
    const each = await Promise.all(given.map((input) => tableFiles(input.path)));
    if (each.length > 0) await tables.execute(`CREATE VIEW ${quoteIdentifier(port)} AS ${unionOf(each)}`);
    files.push(...each.flat());
  }
  await tables.requireQuery(sql);
  // A SELECT can name files too; what it reads beside its inputs would be in no record.
  await tables.confine({
    files,
    directories: [dirname(output.path), invocation.workDir],
  });
  const { rowCount } = await tables.writeParquet(sql, output.path, { signal: context.signal });
  output.setProperties({ rowCount });
  context.value('row_count', rowCount);
}

/** The query itself, or that of the file of the project that is named in its place. */
function textOf(sql: string, invocation: Invocation, recorder: CodeRecorder): string {
  const file = sqlFile(sql);
  if (file === null) return sql;
  try {
    return recorder.read(resolve(invocation.projectRoot, file));
  } catch (cause) {
    throw new PlatformError('COMPONENT_NOT_FOUND', {
      message: `expected the query of step ${invocation.step} at ${file} (relative to the declaration), found no file that can be read`,
      hint: 'Correct the path, or write the SELECT itself.',
      cause,
    });
  }
}

function unionOf(tables: readonly (readonly string[])[]): string {
  return tables.map((files) => `SELECT * FROM ${parquetFilesSource(files)}`).join(' UNION ALL BY NAME ');
}

/** `{params.x}` becomes the parameter's value as an SQL literal: no value can become a part of the query. */
function withParameters(sql: string, invocation: Invocation): string {
  return sql.replaceAll(placeholder, (whole, name: string) => {
    const value = invocation.params[name];
    if (value === undefined)
      throw new PlatformError('PIPELINE_BAD_PLACEHOLDER', {
        message: `step ${invocation.step} has no parameter for ${whole}; there are: ${Object.keys(invocation.params).join(', ') || 'none'}`,
      });
    return literalOf(value);
  });
}

function literalOf(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => literalOf(item as JsonValue)).join(', ')}]`;
  return quoteLiteral(value === null || typeof value !== 'object' ? (value as string | number) : JSON.stringify(value));
}
