import { join } from 'node:path';
import { projectAt } from '../frame/project.ts';
import type { Contender } from './contender.ts';
import { dataFile, type GraphStep, logFile } from './graph.ts';

/** Ours. `jobs` is how many steps run at a time; null: as many as the bench says. */
export function mlspecContender(name: string, jobs: number | null): Contender {
  return {
    name,
    open: async ({ folder, python, sideBySide }) => ({
      project: async (root, graph) => {
        const files = { 'mlspec.yaml': declare(root, graph, python), 'rows.csv': 'x,y\n1,2\n' };
        const project = projectAt(root, files, join(folder, 'keys'));
        return () => project.mlspec('run', '--until', 'steps', '--jobs', String(jobs ?? sideBySide));
      },
      close: async () => undefined,
    }),
  };
}

function declare(root: string, graph: readonly GraphStep[], python: string): string {
  const steps = graph.map(({ name, after }) => {
    const inputs = after.map((_, index) => `{inputs.in${index}}`);
    const ports = after.map((before, index) => `in${index}: ${before}.out`).join(', ');
    const read = after.length === 0 ? [dataFile] : inputs;
    const command = [python, 'step.py', join(root, logFile), name, '{outputs.out}', ...read];
    return `  ${name}: {command: ${JSON.stringify(command)}, inputs: {${ports}}, outputs: {out: Any}}`;
  });
  return `mlspec: 1
name: graph
task: {kind: regression, label: y}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
${steps.join('\n')}
`;
}
