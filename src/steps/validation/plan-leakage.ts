import { parseExpression, type ResolvedSpec, walkExpression } from '../../spec/index.ts';

/** What is looked for between the open parts; the sources are the step's inputs. */
export interface LeakageParams {
  readonly severity: 'warn' | 'fail';
  readonly groups: readonly string[];
  readonly except: readonly string[];
  readonly label: string | null;
  readonly time: string | null;
  readonly isByTime: boolean;
  /** The column that names the parts, where one does. */
  readonly partColumn: string | null;
  /** Columns that no model may see. */
  readonly hidden: readonly string[];
  /** The only columns that a model may see; null: all that are not hidden. */
  readonly seen: readonly string[] | null;
}

/** What leakage means for a declaration; null where nothing is looked for. */
export function planLeakage(spec: ResolvedSpec): LeakageParams | null {
  const { task, splitting, features, validation } = spec;
  const { severity, groups, except } = validation.leakage;
  if (severity === 'none') return null;
  const partColumn = splitting.by === 'predefined' ? splitting.column : null;
  const hidden = [
    ...features.exclude,
    ...features.forbidden,
    ...task.key,
    ...(task.labels ?? []),
    task.label,
    task.time,
    task.group,
    partColumn,
  ];
  return {
    severity,
    groups: [...new Set([...groups, ...(task.group === null ? [] : [task.group])])],
    except,
    label: task.label,
    time: task.time ?? (splitting.by === 'time' ? splitting.column : null),
    isByTime: splitting.by === 'time',
    partColumn,
    hidden: [...new Set(hidden.filter((name) => name !== null))].sort(),
    seen: seenColumns(spec),
  };
}

/** Where columns pass through, those that are included; else those that the declared features read, as far as that can be told. */
function seenColumns({ features, transformation }: ResolvedSpec): string[] | null {
  if (transformation.passthrough) return features.include;
  const read = new Set<string>();
  for (const text of Object.values(transformation.features)) {
    const { expression } = parseExpression(text);
    if (expression === null) return null;
    for (const part of walkExpression(expression)) {
      if (part.kind === 'call' && part.name === 'sql') return null;
      if (part.kind === 'name') read.add(part.path[0]!);
    }
  }
  return [...read].sort();
}
