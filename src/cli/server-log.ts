import { createRequestLog, type LogForm, type RequestLog } from '../server/mlflow/request-log.ts';
import { type CommandCall, textOption } from './command.ts';

/** The log of a server: lines for people on a terminal, JSON elsewhere, as `--log` says; null where it is off. */
export async function openServerLog(call: CommandCall): Promise<RequestLog | null> {
  const form = textOption(call, 'log') ?? (call.output.live ? 'text' : 'json');
  return form === 'off' ? null : await createRequestLog(form as LogForm);
}
