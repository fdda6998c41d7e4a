import type { EnvironmentSettings, TrainingSpec } from '../spec/index.ts';
import type { EnvironmentReference } from './plan.ts';

/** The Python environment of the model's code, by reference; null where the code is not Python. */
export function modelEnvironment({ environment, implementation }: TrainingSpec): EnvironmentReference | null {
  return environmentReference(environment, implementation?.kind);
}

/**
 * The reference to a declared environment; where none is declared that of the program for Python code, else null.
 * @param kind of the code that runs in it
 */
export function environmentReference(
  declared: EnvironmentSettings | null,
  kind: string | undefined,
): EnvironmentReference | null {
  if (declared === null) return kind === 'python' ? { file: null } : null;
  const { python, ...rest } = declared;
  return { ...rest, ...(python === null ? {} : { python }) };
}
