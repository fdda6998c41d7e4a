import type { ServeTracker } from '../app/index.ts';

/** Serves a tracker to the steps of a run. */
export const serveTracker: ServeTracker = async (tracker) => {
  const { serveOnDemand } = await import('../server/mlflow/serve-on-demand.ts');
  return await serveOnDemand({ ...tracker, allowedHosts: [], allowedOrigins: [] });
};
