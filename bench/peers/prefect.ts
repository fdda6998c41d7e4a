import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../frame/processes.ts';
import type { Contender } from './contender.ts';
import { plainSteps } from './graph.ts';
import { freePort, startServer } from './server.ts';

/** A Prefect flow against a local server that runs already; a task starts the step's command. Usage reports are off. */
export const prefectContender: Contender = {
  name: 'prefect',
  open: async ({ folder, python, sideBySide }) => {
    const port = await freePort();
    const env = {
      ...process.env,
      PREFECT_HOME: join(folder, 'prefect'),
      PREFECT_API_URL: `http://127.0.0.1:${port}/api`,
      PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
      DO_NOT_TRACK: '1',
    };
    const serve = ['server', 'start', '--host', '127.0.0.1', '--port', String(port)];
    const server = await startServer([join(dirname(python), 'prefect'), ...serve], {
      url: `${env.PREFECT_API_URL}/health`,
      env,
      cwd: folder,
    });
    return {
      project: async (root, graph) => {
        copyFileSync(join(import.meta.dirname, 'prefect-flow.py'), join(root, 'flow.py'));
        // Steps of different folders are different to its cache, which looks at the arguments.
        const steps = plainSteps(graph, python).map((step) => ({
          ...step,
          command: step.command.map((part, index) => (index === 1 ? join(root, part) : part)),
        }));
        writeFileSync(join(root, 'graph.json'), JSON.stringify(steps));
        return () => runProcess([python, 'flow.py', String(sideBySide)], { cwd: root, env });
      },
      close: server.close,
    };
  },
};
