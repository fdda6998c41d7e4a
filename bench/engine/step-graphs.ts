/** The shape of a graph of steps: each after the one before it, or all side by side. */
export type Shape = 'chain' | 'fan';

/** Name of the step that leaves how its process was started. */
export const captureStep = 'capture';

const stepFile = `import { readFileSync, writeFileSync } from 'node:fs';

interface Context {
  readonly outputs: Readonly<Record<string, { readonly path: string }>>;
}

export function empty(context: Context): void {
  writeFileSync(context.outputs.out!.path, '{}');
}

/** Leaves in the project how this process was started, so that it can be started the same without an engine. */
export function capture(context: Context): void {
  empty(context);
  const { execPath, execArgv, argv, env } = process;
  const invocation = JSON.parse(readFileSync(argv[2]!, 'utf8'));
  writeFileSync('captured.json', JSON.stringify({ command: [execPath, ...execArgv, argv[1]], env, invocation }));
}
`;

/** The files of a project with `count` empty TypeScript steps in a shape, and one that leaves how it was started. */
export function stepProject(shape: Shape, count: number): Record<string, string> {
  const steps = Array.from({ length: count }, (_, index) => {
    const inputs = shape === 'chain' && index > 0 ? `inputs: {before: step${index - 1}.out}, ` : '';
    return `  step${index}: {typescript: 'steps.ts#empty', params: {number: ${index}}, ${inputs}outputs: {out: Report}}`;
  });
  return {
    'rows.csv': 'x,y\n1,2\n',
    'steps.ts': stepFile,
    'mlspec.yaml': `mlspec: 1
name: ${shape}
task: {kind: regression, label: y}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
${steps.join('\n')}
  ${captureStep}: {typescript: 'steps.ts#capture', outputs: {out: Report}}
`,
  };
}
