import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../frame/processes.ts';
import type { Contender } from './contender.ts';
import { plainSteps } from './graph.ts';

/** `dvc repro`, which runs one step at a time. Usage reports are off. */
export const dvcContender: Contender = {
  name: 'dvc repro',
  open: async ({ folder, python }) => {
    const dvc = join(dirname(python), 'dvc');
    const env = {
      ...process.env,
      DVC_NO_ANALYTICS: '1',
      DVC_SITE_CACHE_DIR: join(folder, 'dvc-site'),
      DVC_GLOBAL_CONFIG_DIR: join(folder, 'dvc-global'),
      DVC_SYSTEM_CONFIG_DIR: join(folder, 'dvc-system'),
    };
    return {
      project: async (root, graph) => {
        await runProcess([dvc, 'init', '--no-scm', '--quiet'], { cwd: root, env });
        const stages = Object.fromEntries(
          plainSteps(graph, python).map(({ name, inputs, output, command }) => [
            name,
            { cmd: command.join(' '), deps: ['step.py', ...inputs], outs: [output] },
          ]),
        );
        // JSON is YAML.
        writeFileSync(join(root, 'dvc.yaml'), JSON.stringify({ stages }));
        return () => runProcess([dvc, 'repro', '--quiet'], { cwd: root, env });
      },
      close: async () => undefined,
    };
  },
};
