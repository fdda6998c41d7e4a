import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One step of the graph that everybody carries out. */
export interface GraphStep {
  readonly name: string;
  /** Names of the steps whose outputs it reads; empty: it reads the data. */
  readonly after: readonly string[];
}

/** A source, `width` branches of two steps each, and a step that joins them. */
export function graphOf(width: number): GraphStep[] {
  const branches = Array.from({ length: width }, (_, index) => index);
  return [
    { name: 'source', after: [] },
    ...branches.map((index) => ({ name: `prepare${index}`, after: ['source'] })),
    ...branches.map((index) => ({ name: `train${index}`, after: [`prepare${index}`] })),
    { name: 'joined', after: branches.map((index) => `train${index}`) },
  ];
}

/** The file in which every step notes that it ran. */
export const logFile = 'ran.log';
/** What the first step reads. */
export const dataFile = 'data.txt';

/** A step as programs take it that know nothing of ours: paths are relative to the folder. */
export interface PlainStep extends GraphStep {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly command: readonly string[];
}

/** The steps with their commands, for an interpreter. */
export function plainSteps(graph: readonly GraphStep[], python: string): PlainStep[] {
  return graph.map(({ name, after }) => {
    const inputs = after.length === 0 ? [dataFile] : after.map((before) => `${before}.txt`);
    const output = `${name}.txt`;
    return { name, after, inputs, output, command: [python, 'step.py', logFile, name, output, ...inputs] };
  });
}

/** Makes a folder with what every contender finds in it: the program of a step and the data. */
export function layOut(root: string): void {
  mkdirSync(root, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'step.py'), join(root, 'step.py'));
  writeFileSync(join(root, dataFile), 'a line of data\n'.repeat(1000));
  writeFileSync(join(root, logFile), '');
}

/** How many steps have run in a folder so far. */
export function ranCount(root: string): number {
  return readFileSync(join(root, logFile), 'utf8').split('\n').length - 1;
}
