import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';

/** Whom webhooks may reach, by the variables that MLflow's own server reads. */
export interface WebhookSettings {
  /** `MLFLOW_WEBHOOK_ALLOWED_SCHEMES`, with commas between. Default `https`. */
  readonly schemes: readonly string[];
  /** `MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS`: `any` where it is true. Default `public`. */
  readonly addresses: 'public' | 'any';
}

/** Reads them from the environment. @throws PlatformError CONFIG_BAD_VALUE */
export function webhookSettings({ env }: Config): WebhookSettings {
  const schemes = (env['MLFLOW_WEBHOOK_ALLOWED_SCHEMES'] || 'https').split(',').map((one) => one.trim().toLowerCase());
  const wrong = schemes.find((scheme) => scheme !== 'http' && scheme !== 'https');
  if (wrong !== undefined)
    throw badValue('MLFLOW_WEBHOOK_ALLOWED_SCHEMES', 'http and https, with commas between', wrong);
  const allow = (env['MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS'] || 'false').toLowerCase();
  if (!['true', '1', 'false', '0'].includes(allow))
    throw badValue('MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS', 'true or false', allow);
  return { schemes, addresses: allow === 'true' || allow === '1' ? 'any' : 'public' };
}

function badValue(name: string, expected: string, found: string): PlatformError {
  return new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be ${expected}, found ${JSON.stringify(found)}`,
  });
}
