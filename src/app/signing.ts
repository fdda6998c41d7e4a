import { now, pathExists } from '../encoding/index.ts';
import type { SignedStatement } from '../metadata/index.ts';
import {
  type Functionary,
  openLocalSigner,
  type Signer,
  type StatementBody,
  signerOf,
  signingKeyPath,
  signStatement,
} from '../provenance/index.ts';
import type { Config } from './config.ts';

/** The key that signs where nobody chose another. */
export const defaultKeyName = 'default';
/** The key that signs checkpoints of the log. */
export const logKeyName = 'log';

/** As what is signed: for the declaration, for what steps did, for what gates said, for a model that may go on. */
export type SigningRole = 'owner' | 'runner' | 'validator' | 'approver';

/** Whoever signs for this engine. Keys are opened when something is to be signed first. */
export interface Signing {
  readonly statement: (statement: StatementBody, as: SigningRole) => Promise<SignedStatement>;
  /** Whose signatures count in what this engine carries out. A validator that is no other key than the runner's is not named. */
  readonly functionaries: () => Promise<readonly Functionary[]>;
  /** The key that signs in a role, for signing something else with it. */
  readonly signer: (as: SigningRole) => Promise<Signer>;
  /** The key of the log: Ed25519, as its format asks. */
  readonly log: () => Promise<Signer>;
  /** The key that signs checkpoints of others' logs. */
  readonly witness: () => Promise<Signer>;
}

/** Where keys are looked for and must not lie. */
export type KeyPlaces = Pick<Config, 'env' | 'keysDir'> & {
  /** No key is made in this folder; null: where no project is exported or versioned, any place will do. */
  readonly projectRoot: string | null;
};

/** Keys can be handed in, as in continuous integration. */
const variables = {
  owner: 'MLSPEC_OWNER_KEY',
  runner: 'MLSPEC_SIGNING_KEY',
  validator: 'MLSPEC_VALIDATOR_KEY',
  approver: 'MLSPEC_APPROVER_KEY',
} as const satisfies Record<SigningRole, string>;

/**
 * The keys of this user: in each role the one that a variable hands in; else, for owner, validator and approver, the key of
 * that name where there is one; else the default one, which is made and trusted at its first use.
 * @param onNew is told once, where a key was made
 */
export function openSigning(config: KeyPlaces, onNew: (message: string) => void = () => undefined): Signing {
  const opened = new Map<string, Promise<Signer>>();
  const once = (name: string, open: () => Promise<Signer>): Promise<Signer> => {
    const known = opened.get(name) ?? open();
    opened.set(name, known);
    return known;
  };
  const runner = (): Promise<Signer> =>
    once('runner', async () => (await handedIn(config, 'runner')) ?? (await openDefaultKey(config, onNew)));
  const signer = (as: SigningRole): Promise<Signer> =>
    as === 'runner' ? runner() : once(as, async () => (await openOwnKey(config, as)) ?? (await runner()));
  return {
    statement: async (statement, as) => await signStatement(statement, [await signer(as)], now()),
    signer,
    functionaries: async () => {
      const [runs, validates] = [await signer('runner'), await signer('validator')];
      const named = validates.keyId === runs.keyId ? [] : [toFunctionary(validates, 'validator')];
      return [toFunctionary(runs, 'runner'), ...named];
    },
    log: () =>
      once('log', () => openKey(config, { name: logKeyName, kind: 'ed25519', roles: ['log'] }, () => undefined)),
    witness: () =>
      once('witness', () => openKey(config, { name: 'witness', kind: 'ed25519', roles: ['witness'] }, onNew)),
  };
}

/** Whether there is a key to sign with in a role, without making one. */
export async function hasKey(config: KeyPlaces, as: SigningRole): Promise<boolean> {
  if (![undefined, ''].includes(config.env[variables[as]])) return true;
  const kept = [as, defaultKeyName].map((name) => pathExists(signingKeyPath(config.keysDir, name)));
  return (await Promise.all(kept)).includes(true);
}

function toFunctionary({ keyId, algorithm, publicKey }: Signer, role: Functionary['role']): Functionary {
  return { keyId, algorithm, publicKey, role };
}

async function handedIn(config: KeyPlaces, as: SigningRole): Promise<Signer | null> {
  const pem = config.env[variables[as]];
  if (pem === undefined || pem === '') return null;
  return signerOf(pem, { place: `the variable ${variables[as]}`, ...passphraseOf(config) });
}

/** The key of its own that a role has: handed in, or of the role's name; null where it has none. */
async function openOwnKey(config: KeyPlaces, as: SigningRole): Promise<Signer | null> {
  const given = await handedIn(config, as);
  if (given !== null) return given;
  const isKept = await pathExists(signingKeyPath(config.keysDir, as));
  return isKept ? await openLocalSigner(config.keysDir, as, passphraseOf(config)) : null;
}

async function openDefaultKey(config: KeyPlaces, onNew: (message: string) => void): Promise<Signer> {
  const key = { name: defaultKeyName, kind: 'p256', roles: ['owner', 'runner', 'validator', 'approver'] } as const;
  return await openKey(config, key, onNew);
}

type KeyWanted = Pick<Parameters<typeof import('../provenance/keys/index.ts').createKey>[1], 'name' | 'kind' | 'roles'>;

async function openKey(config: KeyPlaces, key: KeyWanted, onNew: (message: string) => void): Promise<Signer> {
  const path = signingKeyPath(config.keysDir, key.name);
  if (!(await pathExists(path))) {
    const { createKey } = await import('../provenance/keys/index.ts');
    try {
      const { keyId } = await createKey(config.keysDir, {
        ...key,
        ...passphraseOf(config),
        ...(config.projectRoot === null ? {} : { projectRoot: config.projectRoot }),
      });
      onNew(newKeyMessage(path, keyId));
    } catch (error) {
      // Another process made it at the same moment.
      if ((error as { code?: string }).code !== 'PROVENANCE_KEY_EXISTS') throw error;
    }
  }
  return await openLocalSigner(config.keysDir, key.name, passphraseOf(config));
}

function newKeyMessage(path: string, keyId: string): string {
  return (
    `made a signing key for you: ${path} (${keyId.slice(0, 12)}). What it signs shows changes by whoever cannot read this ` +
    'file; programs that run as you can'
  );
}

/** The passphrase of this user's keys, where one was given. */
export function passphraseOf(config: Pick<Config, 'env'>): { readonly passphrase?: string } {
  const passphrase = config.env['MLSPEC_KEY_PASSPHRASE'];
  return passphrase === undefined || passphrase === '' ? {} : { passphrase };
}
