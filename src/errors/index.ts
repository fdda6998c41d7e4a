export { catalogue, type ErrorCode } from './catalogue.ts';
export type { CatalogueEntry, ErrorKind } from './entry.ts';
export { assert, type ErrorDescription, isPlatformError, PlatformError, toPlatformError } from './platform-error.ts';
