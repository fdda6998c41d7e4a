export { RemoteAway, type RemoteServer } from './remote-api.ts';
export { spoolTags } from './remote-ids.ts';
export { keepSendingSpool, type SpoolSenderOptions, sendSpool } from './spool-sender.ts';
