import { execFileSync } from 'node:child_process';
import { leftOut } from './left-out.ts';

/**
 * Mounts a small file system in memory at a folder, for what a disk without room or a disk that cannot be written does.
 * @param options those of `mount`, such as `size=4m` or `ro`
 * @returns whether it is there; where mounting is not permitted, what needs it is left out
 */
export function mountMemory(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch (error) {
    return leftOut('what needs the right to mount a file system', error);
  }
}
