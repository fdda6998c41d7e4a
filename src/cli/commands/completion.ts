import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CommandCall, CommandDefinition } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec completion`: a script that completes commands and their options, made from the table of commands. */
export async function run(call: CommandCall): Promise<number> {
  const shell = call.arguments[0] ?? '';
  const script = scripts[shell];
  if (script === undefined) {
    throw new PlatformError('CLI_USAGE', {
      message: `expected bash, zsh or fish, found ${JSON.stringify(shell)}`,
      ...didYouMean(shell, ['bash', 'zsh', 'fish']),
    });
  }
  const text = script(call.commands);
  if (call.output.json) call.output.resultJson({ type: 'result', shell, script: text });
  else call.output.result(text);
  return exitCodes.done;
}

const scripts: Readonly<Record<string, (commands: readonly CommandDefinition[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const commonFlags = ['--spec', '--json', '--verbose', '--color'];

function flagsOf(command: CommandDefinition): string[] {
  return [...(command.options ?? []).map((option) => option.flags.split(' ')[0]!), ...commonFlags];
}

function wordsOf(command: CommandDefinition): string[] {
  return (command.arguments ?? []).flatMap((argument) => argument.words ?? []);
}

function bashScript(commands: readonly CommandDefinition[]): string {
  const cases = commands
    .map((command) => `    ${command.name}) words="${[...wordsOf(command), ...flagsOf(command)].join(' ')} --help" ;;`)
    .join('\n');
  return `_mlspec() {
  local current=\${COMP_WORDS[COMP_CWORD]} words
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then words="${commands.map((command) => command.name).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _mlspec mlspec`;
}

function zshScript(commands: readonly CommandDefinition[]): string {
  const names = commands
    .map((command) => `    '${command.name}:${command.summary.replaceAll("'", '’').replaceAll(':', ' -')}'`)
    .join('\n');
  const cases = commands
    .map(
      (command) =>
        `    ${command.name}) compadd -- ${[...wordsOf(command), ...flagsOf(command)].join(' ')} --help; _files ;;`,
    )
    .join('\n');
  return `#compdef mlspec
_mlspec() {
  local -a names=(
${names}
  )
  if (( CURRENT == 2 )); then _describe command names; return; fi
  case "$words[2]" in
${cases}
  esac
}
compdef _mlspec mlspec`;
}

function fishScript(commands: readonly CommandDefinition[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c mlspec -n __fish_use_subcommand -a ${command.name} -d '${command.summary.replaceAll("'", '’')}'`,
    ...(wordsOf(command).length === 0
      ? []
      : [`complete -c mlspec -f -n '__fish_seen_subcommand_from ${command.name}' -a '${wordsOf(command).join(' ')}'`]),
    ...flagsOf(command).map(
      (flag) => `complete -c mlspec -n '__fish_seen_subcommand_from ${command.name}' -l ${flag.slice(2)}`,
    ),
  ]);
  return lines.join('\n');
}
