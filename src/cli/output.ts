import { styleText } from 'node:util';
import { canonicalJson } from '../encoding/index.ts';
import type { PlatformError } from '../errors/index.ts';

/** Where a command's words go: results to standard output, everything meant for a person's eyes to standard error. */
export interface Output {
  readonly json: boolean;
  readonly verbose: boolean;
  /** Whether standard error is a terminal that understands cursor movement. */
  readonly live: boolean;
  readonly color: boolean;
  readonly columns: number;
  /** A line of the result on standard output. */
  result(line: string): void;
  /** One JSON document as a line of standard output. */
  resultJson(value: unknown): void;
  /** A line for people, on standard error. */
  say(line: string): void;
  /** Raw text on standard error, for live display. */
  draw(text: string): void;
  style(style: Style, text: string): string;
  error(error: PlatformError): void;
}

/** How a word looks where colours are on. */
export type Style = 'good' | 'bad' | 'warn' | 'dim' | 'bold' | 'name';

const formats: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  dim: 'dim',
  bold: 'bold',
  name: 'cyan',
};

/** What decides how output looks. */
export interface OutputOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly live: boolean;
}

/** Output to this process's own streams. */
export function createOutput(options: OutputOptions): Output {
  const output: Output = {
    ...options,
    columns: Math.min(process.stderr.columns ?? 100, 160),
    result: (line) => void process.stdout.write(`${line}\n`),
    resultJson: (value) => void process.stdout.write(`${canonicalJson(value)}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    draw: (text) => void process.stderr.write(text),
    style: (style, text) => (options.color ? styleText(formats[style], text, { validateStream: false }) : text),
    error: (error) => {
      if (options.json) {
        output.resultJson({
          type: 'error',
          code: error.code,
          kind: error.kind,
          message: error.message,
          hint: error.hint,
          details: jsonDetails(error),
        });
      }
      output.say(`${output.style('bad', `error[${error.code}]`)} ${error.message}`);
      output.say(`  ${output.style('dim', 'what to do:')} ${error.hint}`);
      if (options.verbose) output.say(error.stack ?? '');
      if (options.verbose && error.cause instanceof Error)
        output.say(`caused by: ${error.cause.stack ?? error.cause.message}`);
    },
  };
  return output;
}

function jsonDetails(error: PlatformError): unknown {
  try {
    return JSON.parse(JSON.stringify(error.details));
  } catch {
    return {};
  }
}
