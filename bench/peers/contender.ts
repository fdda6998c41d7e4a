import type { Ran } from '../frame/processes.ts';
import type { GraphStep } from './graph.ts';

/** What every contender is given. */
export interface ContenderOptions {
  /** For what it keeps beside the projects: servers, settings, caches. */
  readonly folder: string;
  /** The interpreter in whose environment the peers are installed, and that runs the steps. */
  readonly python: string;
  /** The interpreter in whose environment Luigi is installed, and nothing that it does not need. */
  readonly luigi: string;
  /** How many steps run at a time, where the program can choose. */
  readonly sideBySide: number;
}

/** A program that carries out graphs of steps. */
export interface Contender {
  readonly name: string;
  /** Gets everything ready that a user would have ready: not measured. */
  open(options: ContenderOptions): Promise<OpenContender>;
}

/** A program that is ready. */
export interface OpenContender {
  /** Makes a project in a folder that was laid out; answers how to carry its graph out, as a user calls it. */
  project(root: string, graph: readonly GraphStep[]): Promise<() => Promise<Ran>>;
  close(): Promise<void>;
}
