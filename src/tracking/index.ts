export { type Experiment, openTracking, type TrackedRun, type TrackedStatus, type Tracking } from './tracking.ts';
