import { type Collected, collectGarbage, configOf, positiveInteger, retentionOf } from '../../app/index.ts';
import { formatBytes, formatInstant } from '../../encoding/index.ts';
import { type CommandCall, isOn, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec gc`: says what would go; with `--yes` removes it. */
export async function run(call: CommandCall): Promise<number> {
  const keep = positiveInteger(textOption(call, 'keep'), '--keep') ?? 20;
  const [runIds, experimentIds] = [chosen(call, 'run'), chosen(call, 'experiment')];
  const stores = { store: textOption(call, 'store'), artifacts: textOption(call, 'artifacts') };
  const collected = await collectGarbage(configOf(call.config, stores), {
    keep,
    deleted: { olderThanMs: retentionOf(textOption(call, 'olderThan'), '--older-than'), runIds, experimentIds },
    remove: isOn(call, 'yes'),
    isPlaceNamed: stores.store !== undefined || stores.artifacts !== undefined,
    signal: call.signal,
  });
  if (call.output.json) call.output.resultJson({ type: 'result', ...collected });
  else tell(call, collected, keep);
  return exitCodes.done;
}

function chosen(call: CommandCall, name: string): readonly string[] | undefined {
  const ids = listOption(call, name);
  return ids.length === 0 ? undefined : ids;
}

function tell(call: CommandCall, collected: Collected, keep: number): void {
  const { output } = call;
  const done = collected.removed ? 'removed' : 'would remove';
  for (const line of deletedLines(collected)) output.result(`${done} ${line}`);
  for (const { kind, id, why } of collected.held) output.result(`kept ${nameOf(kind)} ${id}: ${why}`);
  for (const uri of collected.elsewhere) output.result(`not here: the artifacts at ${uri}`);
  for (const place of collected.otherPlaces)
    output.result(`not looked at: the content at ${place}; name it with --artifacts`);
  const what = `${collected.itemCount} ${collected.itemCount === 1 ? 'item' : 'items'}, ${formatBytes(collected.sizeBytes)}, that ${collected.keptRuns === 1 ? 'the newest run does not need' : `none of the ${collected.keptRuns} newest runs needs`}`;
  output.result(`${done} ${what}`);
  for (const { id, host, pid, startedAtMs } of collected.openRuns)
    output.result(
      `kept for ${id}, which process ${pid} on ${host} has been carrying out since ${formatInstant(startedAtMs)}`,
    );
  if (collected.itemCount === 0) output.say('what was stored within the last hour stays');
  if (!collected.removed && collected.itemCount + collected.deleted.length > 0)
    output.say(`to remove them: ${again(call, keep)}`);
}

/** The same call with `--yes`. */
function again(call: CommandCall, keep: number): string {
  const given = ['olderThan', 'store', 'artifacts'].flatMap((name) => {
    const value = textOption(call, name);
    const flag = name === 'olderThan' ? 'older-than' : name;
    return value === undefined || value === '30d' ? [] : [`--${flag} ${value.replace(/:[^:@]*@/, ':…@')}`];
  });
  const chosen = ['run', 'experiment'].flatMap((name) => listOption(call, name).map((id) => `--${name} ${id}`));
  return ['mlspec gc', `--keep ${keep}`, ...given, ...chosen, '--yes'].join(' ');
}

function deletedLines({ deleted }: Collected): string[] {
  const kinds = ['run', 'logged-model', 'experiment'] as const;
  return kinds.flatMap((kind) => {
    const count = deleted.filter((one) => one.kind === kind).length;
    return count === 0 ? [] : [`${count} deleted ${nameOf(kind)}${count === 1 ? '' : 's'} of the tracker`];
  });
}

function nameOf(kind: Collected['held'][number]['kind']): string {
  return kind === 'logged-model' ? 'logged model' : kind;
}
