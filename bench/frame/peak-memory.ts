import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const preload = pathToFileURL(join(import.meta.dirname, 'tell-peak-memory.mjs')).href;

/**
 * Variables that let a Node program write down how much memory it held, and keep its heap of objects small: what it reads of files
 * is beside that.
 */
export function peakMemoryEnv(file: string, heapMebibytes: number): NodeJS.ProcessEnv {
  return { PEAK_MEMORY_FILE: file, NODE_OPTIONS: `--max-old-space-size=${heapMebibytes} --import ${preload}` };
}

/** The most memory that each of these programs held, in bytes; they are forgotten then. */
export function takePeakMemories(file: string): number[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  rmSync(file);
  return lines.map(Number);
}
