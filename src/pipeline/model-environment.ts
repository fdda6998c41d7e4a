import type { TrainingSpec } from '../spec/index.ts';
import type { EnvironmentReference } from './plan.ts';

/** The Python environment of the model's code, by reference; null where the code is not Python. */
export function modelEnvironment(training: TrainingSpec): EnvironmentReference | null {
  const { environment, implementation } = training;
  if (environment !== null) {
    return {
      file: environment.file,
      requirements: environment.requirements,
      installer: environment.installer,
      ...(environment.python === null ? {} : { python: environment.python }),
    };
  }
  return implementation?.kind === 'python' ? { file: null } : null;
}
