import { signContent } from '../../app/index.ts';
import { formatBytes, parseBytes } from '../../encoding/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec sign WHAT`: a signature of a model, a dataset or a folder that others' tools verify. */
export async function run(call: CommandCall): Promise<number> {
  const { output, signal } = call;
  const shardSize = textOption(call, 'shardSize');
  const signed = await signContent(call.config, {
    what: call.arguments[0]!,
    out: textOption(call, 'out') ?? null,
    to: textOption(call, 'to') ?? null,
    shardBytes: shardSize === undefined ? null : parseBytes(shardSize),
    signal,
    onProgress: (message) => output.say(message),
  });
  if (output.json) output.resultJson({ type: 'result', ...signed });
  else {
    const { name, fileCount, sizeBytes, hashedBytes, signer, signature, folder, leftOut, stated } = signed;
    const read = hashedBytes === 0 ? 'nothing hashed again' : `${formatBytes(hashedBytes)} hashed`;
    output.result(
      `signed   ${name}: ${fileCount} ${fileCount === 1 ? 'file' : 'files'}, ${formatBytes(sizeBytes)}, ${read}`,
    );
    output.result(`with     the key ${signer.slice(0, 12)}, in ${signature}`);
    if (leftOut.length > 0) output.say(`left out ${leftOut.slice(0, 5).join(', ')}${leftOut.length > 5 ? ' …' : ''}`);
    if (stated.statement === null) output.say(`not in the log: ${stated.why}; the signature is good all the same`);
    else output.say(`attested ${stated.statement}; see mlspec verify ${stated.run}`);
    output.say(`next     mlspec verify ${folder ?? 'FOLDER'} --signature ${signature}`);
  }
  return exitCodes.done;
}
