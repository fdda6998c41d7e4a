import type { ColumnType, Field } from '../tables/index.ts';

/** The types of columns in MLflow's signatures. */
export type SignatureType = 'boolean' | 'integer' | 'long' | 'float' | 'double' | 'string' | 'datetime' | 'binary';

/** One column of a signature. */
export interface SignatureColumn {
  readonly name: string;
  readonly type: SignatureType;
  readonly required?: boolean;
}

/** Which columns a model takes and answers. */
export interface ModelSignature {
  readonly inputs: readonly SignatureColumn[];
  readonly outputs: readonly SignatureColumn[];
}

const typeOfColumn: Readonly<Record<ColumnType, SignatureType>> = {
  boolean: 'boolean',
  int64: 'long',
  float64: 'double',
  string: 'string',
  date: 'datetime',
  timestamp: 'datetime',
};

/** Fields of a table as columns of a signature. Values may be missing, so no column is required. */
export function signatureColumns(fields: readonly Field[]): SignatureColumn[] {
  return fields.map(({ name, type }) => ({ name, type: typeOfColumn[type], required: false }));
}

/** A signature as MLflow's MLmodel file holds it: JSON texts. */
export function signatureDocument(signature: ModelSignature): Record<string, string | null> {
  return { inputs: JSON.stringify(signature.inputs), outputs: JSON.stringify(signature.outputs), params: null };
}

/** The signature of an MLmodel document; null where it has none that this program can read (tensors). */
export function readSignature(document: Readonly<Record<string, unknown>>): ModelSignature | null {
  const signature = document['signature'] as { inputs?: unknown; outputs?: unknown } | null | undefined;
  const inputs = readColumns(signature?.inputs);
  return inputs === null ? null : { inputs, outputs: readColumns(signature?.outputs) ?? [] };
}

function readColumns(text: unknown): SignatureColumn[] | null {
  if (typeof text !== 'string') return null;
  try {
    const columns: unknown = JSON.parse(text);
    if (!Array.isArray(columns)) return null;
    const named = columns.filter(
      (column) => typeof column?.name === 'string' && typeof column?.type === 'string' && column.type !== 'tensor',
    );
    return named.length === columns.length ? (named as SignatureColumn[]) : null;
  } catch {
    return null;
  }
}
