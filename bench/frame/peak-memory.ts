import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const preload = pathToFileURL(join(import.meta.dirname, 'tell-peak-memory.mjs')).href;

/**
 * Variables that let a Node program write down how much memory it held, and those that it starts. With `heapMebibytes` their heaps of objects
 * are kept that small: what they read of files is beside that.
 */
export function peakMemoryEnv(file: string, heapMebibytes?: number): NodeJS.ProcessEnv {
  const heap = heapMebibytes === undefined ? '' : `--max-old-space-size=${heapMebibytes} `;
  return { PEAK_MEMORY_FILE: file, NODE_OPTIONS: `${heap}--import ${preload}` };
}

/** The most memory that each of these programs held, in bytes; they are forgotten then. */
export function takePeakMemories(file: string): number[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  rmSync(file);
  return lines.map(Number);
}
