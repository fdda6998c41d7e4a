/**
 * What a test needs and this machine does not have: says so, and that its tests are left out. Where everything has to be
 * tested (`MLSPEC_TEST_ALL=1`, as `.ci/run` sets), that is an error instead.
 *
 * @returns false
 */
export function leftOut(what: string, why: unknown): false {
  const reason = why instanceof Error ? why.message : String(why);
  if (process.env['MLSPEC_TEST_ALL'] === '1')
    throw new Error(`MLSPEC_TEST_ALL: nothing may be left out; ${what}: ${reason}`);
  console.warn(`left out: ${what}: ${reason}`);
  return false;
}
