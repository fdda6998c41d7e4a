import type { TrackerEdge } from '../app/index.ts';

/** Serves a tracker to the steps of a run, and sends what waits in a spool. */
export const trackerEdge: TrackerEdge = {
  serve: async (tracker) => {
    const { serveOnDemand } = await import('../server/mlflow/serve-on-demand.ts');
    return await serveOnDemand({ ...tracker, allowedHosts: [], allowedOrigins: [] });
  },
  sendSpool: async (spool, sending) => {
    const [{ sendSpool }, { senderOptions }] = await Promise.all([
      import('../server/spool/index.ts'),
      import('./sender-options.ts'),
    ]);
    await sendSpool(senderOptions(spool, sending));
  },
};
