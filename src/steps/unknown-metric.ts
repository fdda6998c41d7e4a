import { nearestName } from '../encoding/index.ts';
import { allMetrics, type MeasuredTask, metricNamed } from '../metrics/index.ts';
import { type Finding, metricForms, type TaskSpec } from '../spec/index.ts';

/** A finding where a name is no metric of a kind of task; null where it is one. */
export function unknownMetric(name: string, task: TaskSpec, path: Finding['path']): Finding | null {
  const kind = task.kind as MeasuredTask;
  const metric = metricNamed(name);
  if (metric?.tasks.includes(kind)) return null;
  const known = allMetrics.filter((one) => one.tasks.includes(kind)).map((one) => one.name);
  const nearest = nearestName(name, known);
  return {
    rule: 'metrics/unknown',
    severity: 'error',
    path,
    message: metric === null ? `there is no metric ${name}` : `${name} is no metric of ${kind} tasks`,
    found: name,
    expected: [...known, ...Object.keys(metricForms)].join(', '),
    suggestion: nearest === null ? 'see the reference of metrics' : `did you mean ${nearest}?`,
  };
}
