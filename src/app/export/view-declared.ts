import type { JsonValue } from '../../encoding/index.ts';
import type { RunView } from '../../exports/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';

/** What exports take of a declaration. */
export function viewDeclared(spec: Partial<ResolvedSpec>): Pick<RunView, 'description' | 'owners' | 'params' | 'task'> {
  const { description = '', owners = [], params = {}, task } = spec;
  return {
    description,
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
