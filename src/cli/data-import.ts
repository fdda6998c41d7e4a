import { importChecksFile } from '../app/index.ts';
import { visibleText } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';

type Asked = Parameters<typeof importChecksFile>[0];
type Imported = Awaited<ReturnType<typeof importChecksFile>>;
type Statement = Imported['statements'][number];

/** `mlspec data import FILE [--from PROGRAM] [--out CHECKS] [--schema SCHEMA]`. */
export async function importChecks(call: CommandCall, files: readonly string[]): Promise<number> {
  const [path, ...more] = files;
  if (path === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', { message: `expected data import FILE, found ${files.length} files` });
  const { output } = call;
  const text = (name: string): string | null => textOption(call, name) ?? null;
  const imported = await importChecksFile({
    path,
    from: text('from') as Asked['from'],
    table: text('table'),
    nan: (text('nan') ?? 'missing') as Asked['nan'],
    out: text('out'),
    schemaOut: text('schema'),
    existing: isOn(call, 'force') ? 'replace' : 'refuse',
  });
  const { checksText, schemaText, ...rest } = imported;
  if (output.json) output.resultJson({ type: 'result', ...rest });
  else {
    if (text('out') === null && checksText !== null) output.result(checksText.trimEnd());
    else if (text('schema') === null && checksText === null && schemaText !== null) output.result(schemaText.trimEnd());
    tell(call, path, imported);
  }
  return exitCodes.done;
}

function tell({ output }: CommandCall, path: string, { statements, written, schema, checks, ...rest }: Imported): void {
  const place = ({ position, place }: Statement): string => `${path}:${position.line} ${visibleText(place)}`;
  const those = (state: Statement['state']): readonly Statement[] => statements.filter((one) => one.state === state);
  for (const [says, its] of byDifference(those('differs')))
    output.say(`${output.style('warn', 'differs')} ${visibleText(says)}: ${placesText(its.map(place))}`);
  for (const one of those('left'))
    output.say(
      `${output.style('bad', 'left')} ${place(one)} ${visibleText(one.kind)}: ${visibleText(one.says.join('; '))}`,
    );
  const columns = schema === null ? 0 : Object.keys(schema.columns).length;
  output.say(
    `${statements.length} statements: ${those('same').length} taken over, ${those('differs').length} with a difference, ${those('left').length} not; ${checks.length} checks, a schema of ${columns} columns`,
  );
  for (const file of written) output.say(`wrote ${file}`);
  const isHidden = written.length === 0 && rest.checksText !== null && rest.schemaText !== null;
  if (isHidden) output.say('the schema is written with --schema FILE');
}

const shownPlaces = 5;

function placesText(places: readonly string[]): string {
  const more = places.length - shownPlaces;
  return more > 0 ? `${places.slice(0, shownPlaces).join(', ')} and ${more} more` : places.join(', ');
}

function byDifference(statements: readonly Statement[]): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const one of statements) for (const says of one.says) found.set(says, [...(found.get(says) ?? []), one]);
  return found;
}
