import { agreeToRun, approveModel } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec approve`: signs that a registered version may go into production; as owner, that a run had to be what it was. */
export async function run(call: CommandCall): Promise<number> {
  const role = textOption(call, 'as') ?? 'approver';
  if (role === 'owner') await agree(call);
  else if (role === 'approver') await approve(call);
  else {
    throw new PlatformError('CLI_USAGE', {
      message: `expected --as approver or --as owner, found ${JSON.stringify(role.slice(0, 100))}`,
    });
  }
  return exitCodes.done;
}

async function approve(call: CommandCall): Promise<void> {
  const approval = await approveModel(call.config, {
    name: call.arguments[0]!,
    note: textOption(call, 'note') ?? null,
    alias: textOption(call, 'alias'),
    onProgress: (message) => call.output.say(message),
  });
  const { output } = call;
  if (output.json) output.resultJson({ type: 'result', ...approval });
  else {
    const { model, version, alias, signer, isNew, given, needed, isPromoted, gates, missing } = approval;
    const name = `${model}/${version}`;
    output.result(`${isNew ? 'approved' : 'approved before'} ${name} with the key ${signer.slice(0, 12)}`);
    const done = alias === 'production' ? `${name} is in production now` : `${model}/${alias} is ${name} now`;
    output.result(`${given} of ${needed} approvals${isPromoted ? `; ${done}` : ''}`);
    if (gates !== null)
      output.result(`gates    ${gates.length === 0 ? 'none was declared' : `${gates.join(', ')} passed`}`);
    for (const what of missing) output.result(`missing  ${what}`);
    output.say(`next     mlspec verify ${name}`);
  }
}

async function agree(call: CommandCall): Promise<void> {
  const { output } = call;
  const agreement = await agreeToRun(call.config, {
    name: call.arguments[0]!,
    note: textOption(call, 'note') ?? null,
    onProgress: (message) => output.say(message),
  });
  if (output.json) return output.resultJson({ type: 'result', ...agreement });
  const { run: id, signer, agreedTo, given, needed } = agreement;
  output.result(
    `${agreedTo > 0 ? 'agreed to' : 'signed or agreed to before:'} ${id} with the key ${signer.slice(0, 12)}`,
  );
  output.result(`${given} of ${needed} owners`);
  output.say(`next     mlspec verify ${id}`);
}
