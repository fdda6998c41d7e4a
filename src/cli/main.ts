import { processStart } from '../app/process.ts';
import { main } from './program.ts';

// A reader that has seen enough (`mlspec ls | head`) closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
process.exitCode = await main(processStart());
