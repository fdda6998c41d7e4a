import { text as readAll } from 'node:stream/consumers';
import { PlatformError } from '../errors/index.ts';
import type { CommandCall } from './command.ts';

/** A new password: asked for twice on a terminal, else the first line of standard input. Never an argument, which every user of the machine can read. */
export async function readPassword(call: CommandCall, name: string): Promise<string> {
  if (process.stdin.isTTY !== true) {
    const line = (await readAll(process.stdin)).split(/\r?\n/)[0]!;
    if (line !== '') return line;
    throw new PlatformError('ACCESS_BAD_VALUE', {
      message: `expected a password for ${name} as the first line of standard input, found nothing there`,
      hint: 'Run the command in a terminal, which asks for it, or hand it in: printf "%s\\n" "$PASSWORD" | mlspec users …, or mlspec users … < FILE. It has at least 12 characters.',
    });
  }
  if (!call.output.live) throw usage('a terminal, or the password on standard input');
  const { isCancel, password } = await import('@clack/prompts');
  const first = await password({ message: `Password of ${name}, at least 12 characters` });
  const second = isCancel(first) ? first : await password({ message: 'Once more' });
  if (isCancel(first) || isCancel(second)) throw usage('a password');
  if (first !== second) throw usage('the same password twice');
  return first;
}

function usage(expected: string): PlatformError {
  return new PlatformError('CLI_USAGE', { message: `expected ${expected}` });
}
