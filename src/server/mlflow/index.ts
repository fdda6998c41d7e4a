export {
  apiVersion,
  mlflowRoutes,
  type RequestRecord,
  type RunningTrackingServer,
  startTrackingServer,
  type TrackingServerOptions,
} from './start-tracking-server.ts';
