export { changeTrust, createKey, type NewKey, readTrust, rotateKey, toTrusted } from '../local/keyring.ts';
export {
  countedRoles,
  findKey,
  formatTrust,
  isRevoked,
  type KeyEnd,
  type KeyRole,
  keyRoles,
  keysFor,
  type LogPlace,
  noTrust,
  parseTrust,
  type Trust,
  type TrustedKey,
  thresholdOf,
  withEnd,
  withKey,
} from './trust.ts';
