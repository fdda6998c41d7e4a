import { exportRun, writeExport } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec export`: a run as one folder that carries its own proof, or as one file in the format of others. */
export async function run(call: CommandCall): Promise<number> {
  const format = textOption(call, 'as');
  await (format === undefined ? exportFolder(call) : exportFile(call, format));
  return exitCodes.done;
}

async function exportFolder({ arguments: [name, folder], config, output, signal }: CommandCall): Promise<void> {
  const exported = await exportRun(config, {
    ...{ name: name!, into: folder!, signal },
    onProgress: ({ copiedBytes, sizeBytes }) =>
      output.say(output.style('dim', `copied ${formatBytes(copiedBytes)} of ${formatBytes(sizeBytes)}`)),
  });
  if (output.json) return output.resultJson({ type: 'result', ...exported });
  const { run: id, fileCount, sizeBytes, absent } = exported;
  output.result(`exported ${id}: ${fileCount} files, ${formatBytes(sizeBytes)}, in ${exported.folder}`);
  for (const one of absent) output.say(`left out, because it is not there as it was: ${one}`);
  output.say(`next     mlspec verify ${folder}`);
}

async function exportFile({ arguments: [name, path], config, output }: CommandCall, format: string): Promise<void> {
  const onProgress = (message: string): void => output.say(message);
  const written = await writeExport(config, { run: name!, path: path!, format, onProgress });
  if (output.json) return output.resultJson({ type: 'result', ...written });
  const { run: id, sizeBytes, digest, subjects } = written;
  output.result(`exported ${id} as ${format}: ${formatBytes(sizeBytes)}, in ${written.path}`);
  output.result(`signed   ${digest} belongs to ${subjects.map((subject) => subject.name).join(', ')}`);
  output.say(`next     mlspec verify ${id}`);
}
