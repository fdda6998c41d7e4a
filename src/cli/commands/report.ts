import { type ReportForm, writeGovernance, writeReport } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const kinds = ['governance', 'card'] as const;
type Kind = (typeof kinds)[number];
const endings: Readonly<Record<ReportForm, string>> = { html: 'html', markdown: 'md', json: 'json' };
const defaultTemplates: Readonly<Record<Kind, string>> = { governance: 'nist-ai-rmf', card: 'model-card' };

/**
 * `mlspec report [run]`: one HTML page about a run. `mlspec report governance RUN`, `mlspec report card MODEL`: what is proved
 * of it. One argument alone is a run, whatever it is called.
 */
export async function run(call: CommandCall): Promise<number> {
  const [what = 'latest', about] = call.arguments;
  const kind = kinds.find((one) => one === what);
  if (about === undefined) await writePage(call, what, kind);
  else if (kind !== undefined) await writeFilled(call, kind, about);
  else throw usage(`expected governance or card before ${quoted(about)}, found ${quoted(what)}`);
  return exitCodes.done;
}

async function writePage(call: CommandCall, name: string, kind: Kind | undefined): Promise<void> {
  const given = ['template', 'as', 'answers'].find((option) => call.options[option] !== undefined);
  if (given !== undefined)
    throw usage(`expected governance or card with --${given}, as in mlspec report governance latest --${given} …`);
  const path = textOption(call, 'out') ?? 'report.html';
  const report = await writeReport(call.config, { run: name, path }).catch((error) => {
    const isNone = isPlatformError(error) && error.code === 'METADATA_RUN_UNKNOWN';
    throw isNone && kind !== undefined ? usage(`expected a run or model after ${kind}, found nothing`) : error;
  });
  if (call.output.json) call.output.resultJson({ type: 'result', ...report });
  else call.output.result(`wrote ${path} about ${report.runId}, ${formatBytes(report.sizeBytes)}`);
}

async function writeFilled(call: CommandCall, kind: Kind, name: string): Promise<void> {
  const { output } = call;
  const as = (textOption(call, 'as') ?? 'html') as ReportForm;
  const path = textOption(call, 'out') ?? `${kind}.${endings[as]}`;
  const written = await writeGovernance(call.config, {
    ...{ kind, name, as, path },
    template: textOption(call, 'template') ?? defaultTemplates[kind],
    answers: textOption(call, 'answers') ?? null,
    onProgress: (message) => output.say(message),
  });
  if (output.json) return output.resultJson({ type: 'result', ...written });
  const { about, run: id, digest, subjects, sizeBytes, counts, isGood } = written;
  const states = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  output.result(`wrote    ${path} about ${about}, ${formatBytes(sizeBytes)}`);
  output.result(`cells    ${states.join(', ')}`);
  output.result(`signed   ${digest} belongs to ${subjects.map((subject) => subject.name).join(', ')}`);
  if (!isGood) output.say(`the run is not verified, so no cell is; see mlspec verify ${id}`);
}

function usage(message: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
