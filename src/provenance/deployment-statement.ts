import { type Digest, formatInstant, type JsonObject } from '../encoding/index.ts';
import { describe, type StatementBody, statementBody } from './statement.ts';

/** `predicateType` of the statement that a package began to answer requests. */
export const deploymentPredicateType = 'urn:mlspec:predicate:deployment:v1';

/** A package that answers requests, from now on. */
export interface Deployment {
  /** The run that made the package. */
  readonly run: string;
  /** The resolved declaration of that run. */
  readonly spec: { readonly name: string; readonly digest: Digest };
  /** `MODEL/VERSION` under which it is registered; null: it was served from a folder or by its run. */
  readonly model: string | null;
  /** Hashed before the model was loaded. */
  readonly packageDigest: Digest;
  /** What answers. */
  readonly runtime: {
    /** Which form of the model: `onnx` or `original`. */
    readonly form: string;
    readonly program: string;
    /** Operating system and processor. */
    readonly platform: string;
  };
  /** How it was started; no secrets. */
  readonly configuration: { readonly host: string; readonly port: number };
  readonly atMs: number;
}

/** The statement of a deployment: its subject is the package. */
export function deploymentStatement(deployment: Deployment): StatementBody {
  const { run, spec, model, packageDigest, runtime, configuration, atMs } = deployment;
  const predicate: JsonObject = {
    mlspec_run: run,
    spec: { ...spec },
    model,
    runtime: { ...runtime },
    configuration: { ...configuration },
    startedOn: formatInstant(atMs),
  };
  return statementBody([describe(model ?? `package/${run}`, packageDigest)], deploymentPredicateType, predicate);
}
