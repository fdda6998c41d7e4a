/*
 * What MLflow's web interface asks beside the REST API, whichever of its pages is shown. What this server does not have it
 * says to be absent or off, so that the page goes on without it; the rest of what its pages for language models ask is
 * declined like every endpoint that is not served.
 */
import type { FastifyInstance } from 'fastify';

/** Served below `/ajax-api` alone: clients of the REST API ask none of it. */
export function serveUiRoutes(app: FastifyInstance): void {
  // Nothing is gathered about users, so that the page is told to send nothing.
  app.get('/ajax-api/3.0/mlflow/ui-telemetry', () => ({
    disable_ui_telemetry: true,
    disable_ui_events: [],
    ui_rollout_percentage: 0,
  }));
  app.post('/ajax-api/3.0/mlflow/ui-telemetry', () => ({ status: 'disabled' }));
  // A gateway to language models without any: the page asks this one with every table of runs.
  app.get('/ajax-api/2.0/mlflow/gateway-proxy', () => ({ endpoints: [] }));
  // An assistant that nobody has set up, and none to choose from.
  app.get('/ajax-api/3.0/mlflow/assistant/config', () => ({
    providers: {},
    projects: {},
    remote_access_allowed: false,
  }));
  app.get('/ajax-api/3.0/mlflow/assistant/providers', () => ({ providers: [] }));
}
