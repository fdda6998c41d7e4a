import { formatDuration, monotonicMs } from '../encoding/index.ts';
import type { RunEvent, StepEvent, StepState } from '../pipeline/index.ts';
import type { Output, Style } from './output.ts';

/** Shows a run while it goes on. */
export interface RunDisplay {
  show(event: RunEvent): void;
  close(): void;
}

const redrawMs = 100;
const heartbeatMs = 30_000;
/** Of one step, without `--verbose`. */
const mostWarnings = 20;

const marks: Readonly<Record<StepState, { readonly mark: string; readonly style: Style }>> = {
  waiting: { mark: '·', style: 'dim' },
  running: { mark: '▸', style: 'name' },
  complete: { mark: '✓', style: 'good' },
  cached: { mark: '=', style: 'good' },
  failed: { mark: '✗', style: 'bad' },
  canceled: { mark: '■', style: 'warn' },
  skipped: { mark: '○', style: 'dim' },
};

/** NDJSON with `--json`, a live table on a terminal, else one line a state change, the steps' warnings and a heartbeat. */
export function createRunDisplay(output: Output): RunDisplay {
  if (output.json) return { show: (event) => output.resultJson(event), close: () => undefined };
  return output.live ? createLiveTable(output) : createLines(output);
}

interface Row {
  readonly step: string;
  state: StepState;
  startedMs: number | null;
  durationMs: number;
  note: string;
}

function createLines(output: Output): RunDisplay {
  const running = new Map<string, number>();
  const warned = new Map<string, number>();
  const timer = setInterval(() => {
    const names = [...running].map(([step, startedMs]) => `${step} ${formatDuration(monotonicMs() - startedMs)}`);
    if (names.length > 0) output.say(`  still running: ${names.join(', ')}`);
  }, heartbeatMs);
  timer.unref();
  return {
    show: (event) => {
      if (event.type === 'notice') output.say(`  ${event.message}`);
      if (event.type === 'step') {
        if (event.state === 'running') running.set(event.step, monotonicMs());
        else running.delete(event.step);
        output.say(stepLine(output, event));
      }
      if (event.type === 'step-event') tellStepEvent(output, event, warned);
    },
    close: () => clearInterval(timer),
  };
}

function stepLine(output: Output, event: Extract<RunEvent, { type: 'step' }>): string {
  const { mark, style } = marks[event.state];
  const duration =
    event.durationMs === undefined || event.state === 'skipped' ? '' : `  ${formatDuration(event.durationMs)}`;
  const reason = event.state === 'complete' || event.reason === undefined ? '' : `  ${event.reason}`;
  return `${output.style(style, mark)} ${event.step.padEnd(28)} ${output.style(style, event.state.padEnd(9))}${duration}${output.style('dim', firstLine(reason))}`;
}

/** Everything with `--verbose`, else warnings alone: of each step the first few. */
function tellStepEvent(
  output: Output,
  { step, event }: Extract<RunEvent, { type: 'step-event' }>,
  warned: Map<string, number>,
): void {
  if (output.verbose) tellVerbose(output, step, event);
  else if (event.type === 'log' && (event.level === 'warn' || event.level === 'error'))
    tellWarning(output, `${step} ${event.level}: ${event.message}`, { step, warned });
}

function tellWarning(
  output: Output,
  line: string,
  { step, warned }: { readonly step: string; readonly warned: Map<string, number> },
): void {
  const count = (warned.get(step) ?? 0) + 1;
  warned.set(step, count);
  if (count <= mostWarnings) output.say(output.style('warn', `  ${line}`));
  if (count === mostWarnings) output.say(`  ${step} warned ${count} times; --verbose shows further warnings too`);
}

function tellVerbose(output: Output, step: string, event: StepEvent): void {
  if (event.type === 'log') output.say(output.style('dim', `  ${step} ${event.level}: ${event.message}`));
  if (event.type === 'output')
    for (const line of event.text.split('\n')) if (line !== '') output.say(output.style('dim', `  ${step} | ${line}`));
}

function createLiveTable(output: Output): RunDisplay {
  const rows = new Map<string, Row>();
  let drawnLines = 0;
  let total = 0;
  const erase = (): string => (drawnLines === 0 ? '' : `\x1b[${drawnLines}A\x1b[0J`);
  const draw = (): void => {
    const lines = visibleRows(rows).map((row) => rowLine(output, row));
    const ended = [...rows.values()].filter((row) => row.state !== 'waiting' && row.state !== 'running').length;
    output.draw(`${erase()}${[...lines, output.style('dim', `  ${ended} of ${total} steps`)].join('\n')}\n`);
    drawnLines = lines.length + 1;
  };
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  return {
    show: (event) => {
      if (event.type === 'run-started') {
        total = event.steps.length;
        for (const step of event.steps)
          rows.set(step, { step, state: 'waiting', startedMs: null, durationMs: 0, note: '' });
      }
      if (event.type === 'step') updateRow(rows.get(event.step), event);
      if (event.type === 'step-event') updateNote(rows.get(event.step), event.event);
      if (event.type === 'run-ended') draw();
    },
    close: () => clearInterval(timer),
  };
}

function updateRow(row: Row | undefined, event: Extract<RunEvent, { type: 'step' }>): void {
  if (row === undefined) return;
  row.state = event.state;
  row.startedMs = event.state === 'running' ? monotonicMs() : null;
  row.durationMs = event.durationMs ?? 0;
  row.note = event.state === 'complete' ? '' : (event.reason ?? '');
}

function updateNote(row: Row | undefined, event: StepEvent): void {
  if (row === undefined) return;
  if (event.type === 'progress') {
    const share = event.total === undefined ? `${event.done}` : `${event.done}/${event.total}`;
    row.note = [share, event.unit ?? '', event.message ?? ''].filter((part) => part !== '').join(' ');
  }
  if (event.type === 'metric') row.note = `${event.name} ${event.value.toPrecision(4)}`;
  if (event.type === 'log' && event.level !== 'debug') row.note = event.message;
}

function visibleRows(rows: ReadonlyMap<string, Row>): Row[] {
  const all = [...rows.values()];
  const most = Math.max(8, (process.stderr.rows ?? 40) - 4);
  if (all.length <= most) return all;
  const active = all.filter((row) => row.state === 'running' || row.state === 'failed');
  const rest = all.filter((row) => !active.includes(row) && row.state !== 'waiting').slice(-(most - active.length));
  return all.filter((row) => active.includes(row) || rest.includes(row)).slice(-most);
}

function rowLine(output: Output, row: Row): string {
  const { mark, style } = marks[row.state];
  const elapsedMs = row.startedMs === null ? row.durationMs : monotonicMs() - row.startedMs;
  const duration = row.state === 'waiting' || row.state === 'skipped' ? '' : formatDuration(elapsedMs);
  // A line that the terminal breaks in two is not erased whole.
  const width = output.columns - 1;
  const line = `${mark} ${row.step.padEnd(28)} ${row.state.padEnd(9)} ${duration.padStart(8)}  `.slice(0, width);
  return `${output.style(style, line)}${output.style('dim', clipped(firstLine(row.note), width - line.length))}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function clipped(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}${room > 0 ? '…' : ''}`;
}
