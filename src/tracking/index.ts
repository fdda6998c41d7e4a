export {
  compileFilter,
  compileOrder,
  type Direction,
  type EntityName,
  type FilterTarget,
  type MeasuredOn,
  type OrderField,
  type SortKey,
  type Sql,
} from './filter/index.ts';
export { type Experiment, openTracking, type TrackedRun, type TrackedStatus, type Tracking } from './tracking.ts';
