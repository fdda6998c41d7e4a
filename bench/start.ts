import type { Bench } from './frame/bench.ts';
import { inTurn, runProcess } from './frame/processes.ts';
import { builtProgram } from './frame/program.ts';
import { spreadOf } from './frame/spread.ts';

/** How long the program takes to start. */
export const startBench: Bench = {
  name: 'start',
  title: 'Start of the program',
  run: async ({ extent, folder }) => {
    const rounds = extent === 'full' ? 20 : 2;
    const program = await builtProgram();
    await runProcess([program, '--help'], { cwd: folder });
    const times = await inTurn(
      {
        help: () => runProcess([program, '--help'], { cwd: folder }),
        version: () => runProcess([program, '--version'], { cwd: folder }),
        node: () => runProcess([process.execPath, '--eval', '0'], { cwd: folder }),
      },
      rounds,
    );
    return {
      figures: [
        { what: '`mlspec --help`', unit: 'ms', spread: spreadOf(times.help), limit: { atMost: 150 } },
        { what: '`mlspec --version`', unit: 'ms', spread: spreadOf(times.version) },
        { what: '`node --eval 0`', unit: 'ms', spread: spreadOf(times.node) },
      ],
      notes: [
        'From the start of the process to its end, with its output read; the files are in the page cache and compiled once before.',
      ],
    };
  },
};
