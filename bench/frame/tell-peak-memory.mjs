/*
 * Loaded into a process before everything else (`node --import`): writes down at its end the most memory that it ever held, in bytes,
 * a line each for the process and those of its kind that it starts.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** The kernel's figure for this program; the one of `getrusage` holds, on Linux, that of the process which started it, too. */
function peakBytes() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

if (isMainThread) process.on('exit', () => appendFileSync(process.env.PEAK_MEMORY_FILE, `${peakBytes()}\n`));
