import type { JsonValue } from '../../encoding/index.ts';
import type { RunView } from '../../exports/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';

/** What exports take of a declaration. */
export function viewDeclared(
  spec: Partial<ResolvedSpec>,
): Pick<RunView, 'description' | 'licence' | 'intendedUse' | 'limitations' | 'owners' | 'params' | 'task'> {
  const { license, intended_use: intendedUse = '', limitations = [] } = spec;
  const { description = '', owners = [], params = {}, task } = spec;
  return {
    description,
    licence: license ?? { model: null, data: null },
    intendedUse,
    limitations,
    owners,
    params: Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, value as JsonValue])),
    task:
      task === undefined
        ? null
        : {
            kind: task.kind,
            label: task.label ?? (task.labels === null ? null : task.labels.join(', ')),
            classes: task.classes ?? [],
          },
  };
}
