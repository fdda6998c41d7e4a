import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../frame/processes.ts';
import type { Contender, ContenderOptions, OpenContender } from './contender.ts';
import { plainSteps } from './graph.ts';
import { freePort, startServer } from './server.ts';

/** Luigi with the scheduler inside its own process, which its documents advise for development. */
export const luigiContender: Contender = {
  name: 'luigi, local scheduler',
  open: async ({ python, luigi, sideBySide }) => ({
    project: projects({ python, luigi }, ['--local-scheduler', '--workers', String(sideBySide)]),
    close: async () => undefined,
  }),
};

/** Luigi with its central scheduler, which runs already. */
export const luigidContender: Contender = {
  name: 'luigi, central scheduler',
  open: async ({ folder, python, luigi, sideBySide }) => {
    const port = String(await freePort());
    const files = ['--logdir', folder, '--state-path', join(folder, 'luigi-state')];
    const server = await startServer(
      [join(dirname(luigi), 'luigid'), '--address', '127.0.0.1', '--port', port, ...files],
      {
        url: `http://127.0.0.1:${port}/api/task_list?data=%7B%7D`,
        env: process.env,
        cwd: folder,
      },
    );
    const scheduler = ['--scheduler-host', '127.0.0.1', '--scheduler-port', port];
    return {
      project: projects({ python, luigi }, [...scheduler, '--workers', String(sideBySide)]),
      close: server.close,
    };
  },
};

/** Projects whose tasks start the steps' commands; a worker process forks for each task. */
function projects(
  { python, luigi }: Pick<ContenderOptions, 'python' | 'luigi'>,
  options: readonly string[],
): OpenContender['project'] {
  return async (root, graph) => {
    copyFileSync(join(import.meta.dirname, 'luigi-flow.py'), join(root, 'flow.py'));
    writeFileSync(join(root, 'graph.json'), JSON.stringify(plainSteps(graph, python)));
    const task = ['--module', 'flow', 'Step', '--folder', root, '--name', graph.at(-1)!.name];
    const command = [join(dirname(luigi), 'luigi'), ...task, ...options, '--log-level', 'WARNING'];
    return () => runProcess(command, { cwd: root, env: { ...process.env, PYTHONPATH: root } });
  };
}
