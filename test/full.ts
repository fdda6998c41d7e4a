/** Whether the long tests run as well, and those that sample run whole: `npm run test:full`. */
export const isFull = process.env['MLSPEC_TEST_FULL'] === '1';
