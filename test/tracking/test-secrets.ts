import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webhookSecretsOf } from '../../src/app/webhook-secrets.ts';
import type { WebhookSecrets } from '../../src/tracking/index.ts';

/** What seals secrets of webhooks for a test, with a folder for keys of its own. */
export function testSecrets(): { readonly secrets: WebhookSecrets; dispose(): void } {
  const keysDir = mkdtempSync(join(tmpdir(), 'webhook-keys-'));
  return { secrets: webhookSecretsOf({ keysDir }), dispose: () => rmSync(keysDir, { recursive: true, force: true }) };
}
