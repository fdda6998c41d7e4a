import { diffGroups, diffRuns } from '../../app/index.ts';
import { type CommandCall, isOn } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMarkdownTable, formatTable } from '../table.ts';

/** `mlspec diff [a] [b]`: two runs side by side, only what differs unless `--all`. */
export async function run(call: CommandCall): Promise<number> {
  const [a = 'latest~1', b = 'latest'] = call.arguments;
  const diff = await diffRuns(call.config, { a, b });
  if (call.output.json) call.output.resultJson({ type: 'result', ...diff });
  else {
    const shown = diff.rows.filter((row) => isOn(call, 'all') || !row.isEqual);
    const table = isOn(call, 'md') ? formatMarkdownTable : formatTable;
    for (const group of diffGroups) {
      const rows = shown
        .filter((row) => row.group === group)
        .map((row) => [row.name, row.a || '–', row.b || '–', change(row.a, row.b)]);
      if (rows.length > 0)
        call.output.result(`${table([group, diff.a.slice(0, 12), diff.b.slice(0, 12), ''], rows)}\n`);
    }
    if (shown.length === 0) call.output.result('nothing differs');
  }
  return exitCodes.done;
}

function change(a: string, b: string): string {
  const difference = Number(b) - Number(a);
  return a === '' || b === '' || !Number.isFinite(difference) || difference === 0
    ? ''
    : `${difference > 0 ? '+' : ''}${Number(difference.toPrecision(4))}`;
}
