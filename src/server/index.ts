export { type RunningServer, type ServerOptions, startServer } from './inference/start-server.ts';
