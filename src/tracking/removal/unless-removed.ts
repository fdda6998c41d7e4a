import { isPlatformError } from '../../errors/index.ts';

/**
 * Carries out a change of something that may be removed for good at the same moment. Then a row refers to what is gone, which
 * the database refuses; carried out once more, the change finds that it is gone, and says so.
 */
export async function unlessRemoved<Result>(change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (isPlatformError(error) && error.code === 'DATABASE_CONSTRAINT') return await change();
    throw error;
  }
}
