import { processStart } from '../app/process.ts';
import { ignoreClosedPipes } from './closed-pipes.ts';
import { main } from './program.ts';

ignoreClosedPipes();
process.exitCode = await main(processStart());
