export {
  type RunningTrackingServer,
  startTrackingServer,
  type TrackingServerOptions,
} from './start-tracking-server.ts';
export { apiVersion, mlflowRoutes, type RequestRecord } from './tracking-app.ts';
