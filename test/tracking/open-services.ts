import { join } from 'node:path';
import { isUser, keyOfName, mayApprove } from '../../src/access/index.ts';
import { loadConfig } from '../../src/app/config.ts';
import { checksOfVersion } from '../../src/app/protected-approvals.ts';
import { webhookSecretsOf } from '../../src/app/webhook-secrets.ts';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import type { Database } from '../../src/database/index.ts';
import { openAliasRequests, openRegistry } from '../../src/registry/index.ts';
import { openTextSearch } from '../../src/search/index.ts';
import { openArtifacts, openTraces, openTracking, openWebhooks } from '../../src/tracking/index.ts';

/** Everything that a tracking server works on, over a database and a folder for content. */
export async function openServices(database: Database, root: string) {
  return {
    tracking: await openTracking(database),
    artifacts: await openArtifacts(database, createLocalArtifacts({ root })),
    registry: await openRegistry(database),
    webhooks: await openWebhooks(database, webhookSecretsOf({ keysDir: join(root, 'keys') })),
    traces: await openTraces(database),
    approvals: await openAliasRequests(database, {
      ...{ mayApprove, isUser, keyOfName },
      check: (version) => checksOfVersion(loadConfig({ env: {}, cwd: root }), version),
    }),
    textSearch: await openTextSearch(database, { keepForMs: 60_000 }),
  };
}

/** Options of a server that nobody but the test reaches. */
export const serverOptions = { port: 0, programVersion: '0', allowedHosts: [], allowedOrigins: [] } as const;
