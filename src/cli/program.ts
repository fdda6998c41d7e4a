import { Command, CommanderError, Option } from 'commander';
import { canonicalJson } from '../encoding/index.ts';
import { PlatformError, toPlatformError } from '../errors/index.ts';
import type { CommandDefinition, OptionDefinition } from './command.ts';
import { commands, commonOptions } from './commands.ts';
import { exitCodeOfKind, exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';

/** What the process was started with. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Runs one command line. Resolves to the exit code; never throws. */
export async function main(started: CliProcess): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram(async (definition, args, options) => {
    exitCode = await runCommand(definition, { args, options, started });
  }, started.argv[0]);
  try {
    await program.parseAsync(withoutVainHelp(started.argv), { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return exitCodes.done;
    if (started.argv.includes('--json')) printUsageError(thrown);
    return exitCodes.usage;
  }
}

/** What commander told on standard error, once more for the program that asked for JSON. */
function printUsageError(thrown: CommanderError): void {
  const { code, kind, message, hint } = new PlatformError('CLI_USAGE', {
    message: thrown.message.replace(/^error: /, ''),
  });
  process.stdout.write(`${canonicalJson({ type: 'error', code, kind, message, hint, details: {} })}\n`);
}

const helpFlags = ['-h', '--help'];

/**
 * The arguments as they are, except where help is asked for a command or option that is not there: without the question, so that the
 * answer is what was wrong and what was meant, and not help on something else with exit code 0.
 */
function withoutVainHelp(argv: readonly string[]): string[] {
  const asksByName = argv[0] === 'help';
  const [name, ...rest] = argv.slice(asksByName ? 1 : 0).filter((argument) => !helpFlags.includes(argument));
  const isAsked = asksByName || rest.length + 1 < argv.length;
  if (!isAsked || name === undefined || name === 'help' || name.startsWith('-')) return [...argv];
  const command = createProgram(async () => undefined).commands.find((one) => one.name() === name);
  if (command === undefined) return [name];
  const [unknown] = command.parseOptions(argv.slice(argv.indexOf(name) + 1)).unknown;
  return unknown === undefined || helpFlags.includes(unknown) ? [...argv] : [name, ...rest];
}

type Action = (
  definition: CommandDefinition,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<void>;

/**
 * The command tree, built from the table of commands.
 * @param called the command that is called: where there is one of this name no other is made, which takes longer than
 *   many commands do
 */
export function createProgram(action: Action, called?: string): Command {
  const program = new Command('mlspec')
    .description(
      'One file declares the machine-learning lifecycle; this program carries it out, records it, and proves it.',
    )
    .version(version, '--version')
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError('(run the command with --help to see its options and examples)')
    .enablePositionalOptions()
    .addHelpText('after', programHelp());
  const named = commands.filter(({ name }) => name === called);
  for (const definition of named.length === 0 ? commands : named) program.addCommand(createCommand(definition, action));
  return program;
}

const version = '0.1.0';

function createCommand(definition: CommandDefinition, action: Action): Command {
  const command = new Command(definition.name)
    .summary(definition.summary)
    .description(definition.description ?? `${capitalize(definition.summary)}.`)
    .exitOverride()
    .showHelpAfterError(`(run mlspec ${definition.name} --help to see its arguments, options and examples)`);
  for (const argument of definition.arguments ?? []) command.argument(argument.form, argument.description);
  for (const option of [...(definition.options ?? []), ...commonOptions]) command.addOption(toOption(option));
  if (definition.passThrough) command.passThroughOptions();
  const examples = definition.examples.map((example) => `  $ ${example.command}\n      ${example.says}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${examples}`);
  return command.action(async (...given: unknown[]) => {
    const positional = given
      .slice(0, -2)
      .flat()
      .filter((argument): argument is string => typeof argument === 'string');
    await action(definition, positional, given.at(-2) as Record<string, unknown>);
  });
}

function toOption(definition: OptionDefinition): Option {
  const option = new Option(definition.flags, definition.description);
  if (definition.default !== undefined) option.default(definition.default);
  if (definition.choices !== undefined) option.choices([...definition.choices]);
  if (definition.many)
    option.argParser((value: string, before: unknown) => [...(Array.isArray(before) ? before : []), value]);
  return option;
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function programHelp(): string {
  return `
First steps:
  $ mlspec init data.csv --label churned    write a spec that runs as it stands
  $ mlspec run                              carry it out
  $ mlspec why training                     say why a step ran or was reused

Exit codes: 0 done, 1 failed, 2 usage, 3 gate rejected, 5 gate unknown, 6 verification failed, 130 interrupted.`;
}

interface Invoked {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly started: CliProcess;
}

async function runCommand(definition: CommandDefinition, invoked: Invoked): Promise<number> {
  const output = openOutput(invoked);
  const interrupt = new AbortController();
  const stop = listenForInterrupts(interrupt, output, definition.onInterrupt ?? 'canceling');
  try {
    const [{ loadConfig }, { run }] = await Promise.all([import('../app/config.ts'), definition.load()]);
    const options = invoked.options as Record<string, string | boolean | readonly string[] | undefined>;
    const named = definition.takesSpec === true ? invoked.args[0] : undefined;
    const specFile = typeof options['spec'] === 'string' ? options['spec'] : named;
    const config = loadConfig({
      env: invoked.started.env,
      cwd: invoked.started.cwd,
      ...(specFile === undefined ? {} : { specFile }),
    });
    return await run({ arguments: invoked.args, options, config, commands, output, signal: interrupt.signal });
  } catch (thrown) {
    const error = toPlatformError(thrown);
    output.error(error);
    return exitCodeOfKind[error.kind];
  } finally {
    stop();
  }
}

function openOutput(invoked: Invoked): Output {
  const { env } = invoked.started;
  const when = invoked.options['color'];
  const terminal = process.stderr.isTTY === true && env['TERM'] !== 'dumb';
  const wanted =
    when === 'always' || (when !== 'never' && !env['NO_COLOR'] && (terminal || Boolean(env['FORCE_COLOR'])));
  const json = invoked.options['json'] === true;
  return createOutput({
    json,
    verbose: invoked.options['verbose'] === true,
    color: wanted,
    live: terminal && !json && !env['CI'],
  });
}

/** The first Ctrl-C asks the work to end and be recorded; the second ends the process at once. */
function listenForInterrupts(interrupt: AbortController, output: Output, doing: string): () => void {
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    output.say(`${doing}; press Ctrl-C again to stop at once`);
    interrupt.abort(new PlatformError('CANCELED', { message: 'The command was interrupted.' }));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
