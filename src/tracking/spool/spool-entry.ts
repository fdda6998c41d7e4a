import type { DatasetInput, Lifecycle, LoggedModelStatus, ModelOutput, NewMetric, Tag } from '../entities.ts';
import type { RunChange } from '../tracking-store.ts';

/** Whose change it is: the changes of one subject are sent in the order in which they were made. */
export type SpoolSubject = `${'experiment' | 'run' | 'model' | 'registered' | 'version' | 'artifact'}/${string}`;

/** The subject that a version is known by; its changes are those of its registered model. */
export function versionSubject(model: string, ordinal: number): SpoolSubject {
  return `version/${ordinal}/${model}`;
}

/** Points, params and tags that were logged at once. */
export interface SpooledBatch {
  readonly metrics: readonly NewMetric[];
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
}

/** What is made in an experiment. */
interface MadeThere {
  readonly experimentId: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  /** What gives its id on a server that takes such keys. */
  readonly idKey?: string;
}

/** One change of the tracker that another server is to make too. Ids are those of the spool. */
export type SpoolChange =
  | { readonly kind: 'experiment-made'; readonly name: string; readonly tags: readonly Tag[] }
  | { readonly kind: 'experiment-renamed'; readonly name: string }
  | { readonly kind: 'experiment-moved'; readonly to: Lifecycle }
  | { readonly kind: 'experiment-tagged'; readonly tag: Tag }
  | { readonly kind: 'experiment-untagged'; readonly key: string }
  | (MadeThere & { readonly kind: 'run-made'; readonly userId: string; readonly startedAtMs: number | null })
  | { readonly kind: 'run-changed'; readonly change: RunChange }
  | { readonly kind: 'run-moved'; readonly to: Lifecycle }
  | { readonly kind: 'run-logged'; readonly batch: SpooledBatch }
  | { readonly kind: 'run-untagged'; readonly key: string }
  | { readonly kind: 'run-read'; readonly datasets: readonly DatasetInput[]; readonly models: readonly string[] }
  | { readonly kind: 'run-wrote'; readonly models: readonly ModelOutput[] }
  | (MadeThere & {
      readonly kind: 'model-made';
      readonly modelType: string;
      readonly sourceRunId: string;
      readonly params: readonly Tag[];
    })
  | { readonly kind: 'model-finished'; readonly status: LoggedModelStatus }
  | { readonly kind: 'model-deleted' }
  | { readonly kind: 'model-described'; readonly params: readonly Tag[]; readonly tags: readonly Tag[] }
  | { readonly kind: 'model-untagged'; readonly key: string }
  | { readonly kind: 'registered-made'; readonly description: string; readonly tags: readonly Tag[] }
  | { readonly kind: 'registered-described'; readonly description: string }
  | { readonly kind: 'registered-tagged'; readonly tag: Tag }
  | {
      readonly kind: 'version-made';
      readonly ordinal: number;
      readonly source: string;
      readonly runId: string;
      readonly modelId: string | null;
      readonly runLink: string;
      readonly description: string;
      readonly tags: readonly Tag[];
    }
  | { readonly kind: 'version-described'; readonly ordinal: number; readonly description: string | null }
  | { readonly kind: 'version-tagged'; readonly ordinal: number; readonly tag: Tag }
  | { readonly kind: 'alias-set'; readonly ordinal: number; readonly alias: string }
  | { readonly kind: 'file-put'; readonly path: string; readonly digest: string; readonly sizeBytes: number }
  | { readonly kind: 'file-removed'; readonly path: string };

/** A change with its place in the spool. */
export interface SpoolEntry {
  readonly id: number;
  readonly subject: SpoolSubject;
  /** How often it was begun to be sent. */
  readonly attempts: number;
  readonly change: SpoolChange;
}

/** A change as text. Steps are 64-bit integers and values may be no numbers: both stand as texts where JSON has no word. */
export function writeChange(change: SpoolChange): string {
  return JSON.stringify(change, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { $int: String(value) };
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
    return value;
  });
}

/** The change that a text of `writeChange` says. */
export function readChange(text: string): SpoolChange {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    const { $int, $number } = value as { $int?: string; $number?: string };
    if ($int !== undefined) return BigInt($int);
    return $number === undefined ? value : Number($number);
  }) as SpoolChange;
}
