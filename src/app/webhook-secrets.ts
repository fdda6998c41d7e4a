import type { SealingKey } from '../provenance/index.ts';
import type { WebhookSecrets } from '../tracking/index.ts';
import type { Config } from './config.ts';

/** The name of the key: one for all stores of a user, so that what is restored elsewhere on the machine goes on signing. */
const keyName = 'webhooks';

/**
 * Secrets of webhooks, sealed as parts are: AES-256-GCM under a key that is kept like a signing key, in
 * `webhooks.sealing` of the folder for keys. The key is made when the first secret is to be sealed.
 */
export function webhookSecretsOf({ keysDir }: Pick<Config, 'keysDir'>): WebhookSecrets {
  let key: SealingKey | null = null;
  const withKey = async () => {
    const provenance = await import('../provenance/index.ts');
    key ??= await provenance.loadOrCreateSealingKey(keysDir, keyName);
    return { provenance, key };
  };
  const bindingOf = (webhookId: string) => ({ project: 'tracker', part: 'webhook', context: { webhook: webhookId } });
  return {
    seal: async (secret, webhookId) => {
      const { provenance, key } = await withKey();
      return provenance.encryptJson(secret, key, bindingOf(webhookId)).toString('base64');
    },
    open: async (sealed, webhookId) => {
      const { provenance, key } = await withKey();
      return String(provenance.decryptJson(Buffer.from(sealed, 'base64'), key, bindingOf(webhookId)));
    },
  };
}
