import { stat } from 'node:fs/promises';

/** Whether a path leads to something that this process can see; a link that leads nowhere does not. Never throws. */
export async function pathExists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
