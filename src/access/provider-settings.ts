import type { PeopleRules } from './claims.ts';

/** A provider of OpenID Connect by which people sign in, and how this server is known there. */
export interface ProviderSettings extends PeopleRules {
  /** As its ID tokens name it: https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The origin by which browsers reach this server: `https://ml.example.org`. */
  readonly address: string;
  readonly scopes: readonly string[];
  /** How long a browser stays signed in. */
  readonly sessionMs: number;
}
