import { parseBytes } from '../encoding/index.ts';
import { type CommandCall, textOption } from './command.ts';
import type { PassingLine } from './passing-line.ts';

/** How a command works with tables, as it was called: what Ctrl-C ends, how much memory it may take, who sees how far it is. */
export function tableWorkOf(
  call: CommandCall,
  line: PassingLine,
): { readonly memoryBytes?: number; readonly onShare: PassingLine['share']; readonly signal: AbortSignal } {
  const memory = textOption(call, 'memory');
  return {
    ...(memory === undefined ? {} : { memoryBytes: parseBytes(memory) }),
    onShare: line.share,
    signal: call.signal,
  };
}
