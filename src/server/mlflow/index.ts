export type { RequestRecord } from './request-log.ts';
export { serveConnections } from './serve-connections.ts';
export {
  type RunningTrackingServer,
  startTrackingServer,
  type TrackingServerOptions,
} from './start-tracking-server.ts';
export { apiVersion, mlflowRoutes } from './tracking-app.ts';
export { readUiFiles, type UiFiles } from './ui/ui-files.ts';
