import { join } from 'node:path';
import type { Project } from '../engine/project.ts';

/** Lets the user of one project trust the keys of another: as owner and runner, and that of its log. */
export async function introduce(project: Project, to: Project): Promise<void> {
  for (const [name, roles] of [
    ['default', 'owner,runner'],
    ['log', 'log'],
  ] as const) {
    const { publicKey } = JSON.parse((await project.mlspec(['keys', 'show', name, '--json'])).stdout);
    await to.write(`${name}.pem`, publicKey);
    await to.mlspec(['keys', 'trust', `their-${name}`, '--file', join(to.root, `${name}.pem`), '--role', roles]);
  }
}
