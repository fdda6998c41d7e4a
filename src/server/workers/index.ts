export type { WorkerOrders } from './messages.ts';
export { superviseWorkers } from './supervise.ts';
export { type Company, type OpenService, type WorkerService, workFor } from './work-for.ts';
