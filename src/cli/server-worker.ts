/* The program of a worker of `mlspec server`, started by its supervisor. */
import { workFor } from '../server/workers/index.ts';
import { ignoreClosedPipes } from './closed-pipes.ts';
import { serveAsWorker } from './serve-as-worker.ts';

ignoreClosedPipes();
workFor(serveAsWorker);
