import { relative, resolve } from 'node:path';
import { type DataSurvey, findTables, type InitResult, initProject, surveyData, whyNoLabel } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec init`: looks at a table and writes a project that runs as it stands. */
export async function run(call: CommandCall): Promise<number> {
  const folder = textOption(call, 'dir') ?? '.';
  const mayAsk = !isOn(call, 'yes') && call.output.live && process.stdin.isTTY === true;
  const path = call.arguments[0] ?? (await chooseTable(folder, mayAsk ? ask : null));
  call.output.say(call.output.style('dim', `looking at ${path}`));
  const survey = await surveyData(path, call.signal);
  const label = textOption(call, 'label') ?? (mayAsk ? await askLabel(survey) : null);
  printResult(call, folder, await initProject({ survey, label, folder, signal: call.signal }));
  return exitCodes.done;
}

type Ask = (message: string, options: readonly { value: string; label: string; hint?: string }[]) => Promise<string>;

async function ask(...[message, options]: Parameters<Ask>): Promise<string> {
  const { isCancel, select } = await import('@clack/prompts');
  const answer = await select({ message, options: [...options], maxItems: 12 });
  if (isCancel(answer)) throw new PlatformError('CANCELED', { message: 'The command was interrupted.' });
  return answer;
}

async function chooseTable(folder: string, askOne: Ask | null): Promise<string> {
  const found = await findTables(resolve(folder));
  if (found.length === 1) return found[0]!;
  const names = found.map((path) => relative(process.cwd(), path));
  if (found.length > 1 && askOne !== null)
    return await askOne(
      'Which table?',
      names.map((name) => ({ value: name, label: name })),
    );
  throw new PlatformError('CLI_USAGE', {
    message:
      found.length === 0
        ? 'expected the name of a CSV, JSON or Parquet file; there is none in this folder'
        : `expected the name of a table; there are several: ${names.join(', ')}`,
  });
}

/** Asks for the label: of several columns only a person knows which one is to be predicted. */
async function askLabel(survey: DataSurvey): Promise<string | null> {
  const possible = survey.columns.filter((column) => whyNoLabel(column) === null);
  if (possible.length <= 1) return possible[0]?.name ?? null;
  return await ask(
    'Which column is to be predicted?',
    [...possible].reverse().map((column) => ({
      value: column.name,
      label: column.name,
      hint: `${column.type}, ${column.distinctCount} different values`,
    })),
  );
}

function printResult(call: CommandCall, folder: string, result: InitResult): void {
  const { output } = call;
  if (output.json) return void output.resultJson({ type: 'result', ...result });
  for (const file of result.files) output.result(`wrote    ${folder === '.' ? file : `${folder}/${file}`}`);
  output.result(
    `task     ${result.kind}: ${result.label} from ${result.featureCount} columns, ${result.rowCount} rows`,
  );
  output.result(`rows are named by ${result.key}${result.time === null ? '' : `, their time is ${result.time}`}`);
  for (const note of result.notes) output.result(`note     ${note}`);
  if (result.hasGate) output.result('gate     promotion on the sealed test part; mlspec check says what it costs');
  else if (result.gateFromRows !== null)
    output.result(`no gate  it can certify from about ${result.gateFromRows.toLocaleString('en')} rows on`);
  output.result(`next     ${output.style('name', folder === '.' ? 'mlspec run' : `cd ${folder} && mlspec run`)}`);
}
