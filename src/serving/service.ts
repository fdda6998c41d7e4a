import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { now } from '../encoding/index.ts';
import { openModel, type PackageFacts, readPackageFacts } from '../models/index.ts';
import { type PreparedTransform, prepareTransform, readTransform } from '../transform/index.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { type PreparedColumns, preparedColumns } from './prepared-columns.ts';
import { createRecord, type ServingRecord } from './record.ts';

/** Bounds of what the service takes upon itself. */
export interface ServiceLimits {
  /** Rows of one request. */
  readonly rowCount: number;
  /** Requests that wait for the model. */
  readonly waiting: number;
  /** How long the model may think about one request. */
  readonly timeoutMs: number;
}

/** What is served, and how. */
export interface ServiceOptions {
  readonly packageDir: string;
  /** The interpreter that has the package's requirements; null: only what needs none. */
  readonly python: string | null;
  /** Which form of the model answers: auto takes ONNX where the package has it. */
  readonly runtime?: 'auto' | 'onnx' | 'original';
  /** Name and version that requests use; default those of the package. */
  readonly name?: string;
  readonly version?: string;
  readonly limits?: Partial<ServiceLimits>;
  /** All variables of the model's process; absent: those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly programRoot?: string;
}

/** A package that answers requests. */
export interface Service {
  readonly name: string;
  readonly version: string;
  readonly facts: PackageFacts;
  /** Which form of the model answers. */
  readonly runtime: 'onnx' | 'original';
  readonly transform: PreparedTransform;
  readonly prepared: PreparedColumns;
  readonly limits: ServiceLimits;
  readonly keeper: Keeper;
  readonly record: ServingRecord;
  readonly startedAtMs: number;
  close(): Promise<void>;
}

const defaultLimits: ServiceLimits = { rowCount: 10_000, waiting: 256, timeoutMs: 30_000 };

/**
 * Opens a package and loads its model; resolves when it is ready to answer.
 * @throws PlatformError MODEL_NOT_A_PACKAGE, TRANSFORM_BAD_DOCUMENT, and what loading a model throws
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { packageDir, python } = options;
  const facts = await readPackageFacts(packageDir);
  const fitted = readTransform(await readFile(join(packageDir, 'data', 'transform.json'), 'utf8').catch(() => ''));
  const runtime = facts.onnx !== null && options.runtime !== 'original' ? 'onnx' : 'original';
  const folder = join(packageDir, runtime === 'onnx' ? facts.onnx! : 'data/model');
  const record = createRecord();
  const place = {
    python,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.programRoot === undefined ? {} : { programRoot: options.programRoot }),
  };
  const keeper = await createKeeper(
    (signal) => openModel(folder, { ...place, signal }),
    () => record.restarted(),
  );
  const prepared = await preparedColumns(fitted);
  return {
    name: options.name ?? facts.name,
    version: options.version ?? '1',
    facts,
    runtime,
    transform: prepareTransform(fitted),
    prepared,
    limits: { ...defaultLimits, ...options.limits },
    keeper,
    record,
    startedAtMs: now(),
    close: async () => {
      await keeper.close();
      await prepared.close();
    },
  };
}
