/* What an ID token of OpenID Connect, whose signature was verified, makes of somebody here. */
import { PlatformError } from '../errors/index.ts';
import type { Person } from './access-store.ts';
import { covers, type Role } from './roles.ts';

/** What an ID token says. */
export type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

/** How people of a provider become users. */
export interface PeopleRules {
  /** The claim that is the name: `preferred_username`. Of `email` only a verified one counts. */
  readonly nameClaim: string;
  /** Which groups give which role; null: an admin says who may what. */
  readonly roles: GroupRoles | null;
  /** What whoever is in none of these groups becomes, or, without any, whoever is new; null: does not come in. */
  readonly others: Role | null;
}

/** Roles by group. */
export interface GroupRoles {
  /** The claim that names groups, or one of them: `groups`, or `realm_access.roles` for one inside another. */
  readonly claim: string;
  readonly give: ReadonlyMap<string, Role>;
}

/**
 * Somebody as the claims of an ID token tell of it.
 * @throws PlatformError ACCESS_PROVIDER_REFUSED for claims without a name, ACCESS_NOT_INVITED for whoever has no role and gets none
 */
export function personOf(claims: Claims, { nameClaim, roles, others }: PeopleRules): Person {
  const name = nameOf(claims, nameClaim);
  const subject = `${claims.iss}#${claims.sub}`;
  if (roles === null) return { subject, name, role: null, newcomers: others };
  const role = greatest(groupsOf(claims, roles.claim).flatMap((group) => roles.give.get(group) ?? [])) ?? others;
  if (role !== null) return { subject, name, role, newcomers: null };
  throw new PlatformError('ACCESS_NOT_INVITED', {
    message: `${JSON.stringify(name.slice(0, 150))} is in no group to which a role was given`,
    details: { person: name },
  });
}

function nameOf(claims: Claims, claim: string): string {
  const name = claimOf(claims, claim);
  if (typeof name !== 'string' || name === '')
    throw new PlatformError('ACCESS_PROVIDER_REFUSED', {
      message: `the ID token of the provider has no claim ${JSON.stringify(claim)} with a name; ask for the scope that brings it, or name another claim`,
    });
  if (claim === 'email' && claims['email_verified'] !== true)
    throw new PlatformError('ACCESS_PROVIDER_REFUSED', {
      message: 'the provider does not say that the address of email was verified, so that it names nobody',
    });
  return name;
}

/** A list of names, or one; nothing where the claim is neither. */
function groupsOf(claims: Claims, claim: string): string[] {
  return [claimOf(claims, claim)].flat().filter((group) => typeof group === 'string');
}

/** A claim by its name, which may have dots, or else by the way through claims that hold others. */
function claimOf(claims: Claims, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim];
  let found: unknown = claims;
  for (const part of claim.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}

function greatest(roles: readonly Role[]): Role | null {
  return roles.reduce<Role | null>((most, role) => (most !== null && covers(most, role) ? most : role), null);
}
