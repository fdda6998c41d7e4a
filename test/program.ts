import { join } from 'node:path';
import { repositoryRoot } from '../tools/problem.ts';

/**
 * The command that tests start: in a run of all tests the program as it is published, which `npm test` builds once and which starts twice as
 * fast; else the sources as they are.
 */
export const program: string = process.env['MLSPEC_TEST_PROGRAM'] ?? join(repositoryRoot, 'bin', 'mlspec');
