export { type AttemptCounts, createAttemptCounts } from './attempt-counts.ts';
export { postMessage, signMessage, type WebhookAnswer } from './post-message.ts';
export { isPublicAddress } from './public-address.ts';
export { checkUrl, strictPolicy, type WebhookPolicy } from './webhook-policy.ts';
export {
  createWebhookSender,
  keepSending,
  reasonOf,
  type SenderOptions,
  type SendingOptions,
  type WebhookSender,
} from './webhook-sender.ts';
