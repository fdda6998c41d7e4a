import { eraseArtifacts } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec erase DIGEST...`: takes content out of the store for good, and says so in a signed statement. */
export async function run(call: CommandCall): Promise<number> {
  const { output } = call;
  const why = textOption(call, 'why');
  if (why === undefined || why.trim() === '')
    throw new PlatformError('CLI_USAGE', {
      message: 'expected --why with a reason, found none',
      hint: 'It stands in the signed statement, and stays: write no personal data there.',
    });
  const erased = await eraseArtifacts(call.config, {
    digests: call.arguments,
    why,
    remove: isOn(call, 'yes'),
    onProgress: (message) => output.say(message),
  });
  if (output.json) output.resultJson({ type: 'result', ...erased });
  else {
    for (const { type, digest } of erased.artifacts) output.result(`${type.padEnd(12)} ${digest}`);
    for (const { step, digest } of erased.statements) output.result(`${'statement'.padEnd(12)} ${digest} of ${step}`);
    const { removed, itemCount, sizeBytes, runs, sharedFiles } = erased;
    output.result(
      `${removed ? 'erased' : 'would erase'} ${itemCount} items, ${formatBytes(sizeBytes)}; named by ${runs.join(', ')}`,
    );
    if (sharedFiles > 0) output.result(`${sharedFiles} files stay: other artifacts hold the same bytes`);
    if (!removed) output.say('nothing was removed; --yes does it, and it cannot be taken back');
  }
  return exitCodes.done;
}
