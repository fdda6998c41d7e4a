import type { RunView, StepView } from '../../exports/index.ts';
import { redactJson } from '../../pipeline/local/index.ts';
import type { Config } from '../config.ts';

/** Values of declared secrets as they are set now; those that are not set are left out. */
export function secretsOf({ env }: Pick<Config, 'env'>, names: readonly string[]): string[] {
  return names.flatMap((name) => env[name] || []);
}

/** A run of which values are taken out of every text but names and digests of the record. */
export function withoutSecrets(values: readonly string[], view: RunView): RunView {
  return {
    ...view,
    description: redactJson(view.description, values),
    params: redactJson(view.params, values),
    steps: view.steps.map((step) => withoutSecretsInStep(step, values)),
    models: view.models.map((model) => ({ ...model, training: withoutSecretsInStep(model.training, values) })),
  };
}

/** The same of one attempt. */
export function withoutSecretsInStep(step: StepView, values: readonly string[]): StepView {
  const { params, error, sql, entryPoint } = step;
  return {
    ...step,
    params: redactJson(params, values),
    error: error === null ? null : { code: error.code, message: redactJson(error.message, values) },
    sql: redactJson(sql, values),
    entryPoint: redactJson(entryPoint, values),
  };
}
