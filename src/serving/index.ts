export { type InferAnswer, type InferRequest, infer, resolveModel } from './infer.ts';
export { openService, type Service, type ServiceLimits, type ServiceOptions } from './service.ts';
