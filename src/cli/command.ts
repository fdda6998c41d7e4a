import type { Config } from '../app/index.ts';
import type { Output } from './output.ts';

/** One option of a command, in commander's notation. */
export interface OptionDefinition {
  readonly flags: string;
  readonly description: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** May be given several times; the values are collected. */
  readonly many?: boolean;
}

/** One positional argument; `<name>` is required, `[name]` is not, `...` collects the rest. */
export interface ArgumentDefinition {
  readonly form: string;
  readonly description: string;
  /** What it may be, for completion. */
  readonly words?: readonly string[];
}

/** A command: what it is called and shown as. Its work is loaded only when it is called. */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  readonly examples: readonly { readonly command: string; readonly says: string }[];
  /** Whether the first argument names the declaration, as `--spec` does. */
  readonly takesSpec?: boolean;
  /** Whether what follows the arguments belongs to another program. */
  readonly passThrough?: boolean;
  /** What a Ctrl-C begins, for the line that tells it; `canceling` where left out. */
  readonly onInterrupt?: string;
  readonly load: () => Promise<{ readonly run: CommandFunction }>;
}

/** What a command's function is given. */
export interface CommandCall {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly config: Config;
  /** The whole table, for commands that speak about commands. */
  readonly commands: readonly CommandDefinition[];
  readonly output: Output;
  /** Raised by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The work of a command; resolves to the exit code. */
export type CommandFunction = (call: CommandCall) => Promise<number>;

/** A text option, or undefined where it was not given. */
export function textOption(call: CommandCall, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option that may be repeated or hold names separated by commas, as a list; empty where it was not given. */
export function listOption(call: CommandCall, name: string): string[] {
  const value = call.options[name];
  const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as string[]) : [];
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}

/** Whether a switch was given. */
export function isOn(call: CommandCall, name: string): boolean {
  return call.options[name] === true;
}
