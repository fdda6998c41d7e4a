import { loadSpec, requireValid } from '../../app/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { specJsonSchema } from '../../spec/index.ts';
import { type CommandCall, isOn, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec spec show|schema`: the declaration as written or with all defaults, or its JSON Schema. */
export async function run(call: CommandCall): Promise<number> {
  const action = call.arguments[0];
  if (action === 'schema') {
    call.output.result(JSON.stringify(specJsonSchema(), null, 2));
    return exitCodes.done;
  }
  if (action !== 'show') {
    throw new PlatformError('CLI_USAGE', {
      message: `expected show or schema, found ${JSON.stringify(action)}`,
      ...didYouMean(action ?? '', ['show', 'schema']),
    });
  }
  const profile = textOption(call, 'profile');
  const loaded = await loadSpec(call.config, {
    params: listOption(call, 'param'),
    ...(profile === undefined ? {} : { profile }),
  });
  if (!isOn(call, 'resolved') && !call.output.json) call.output.result(loaded.text.trimEnd());
  else if (call.output.json) call.output.resultJson({ type: 'result', spec: requireValid(loaded) });
  else call.output.result(await toYaml(requireValid(loaded)));
  return exitCodes.done;
}

async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 120 }).trimEnd();
}
