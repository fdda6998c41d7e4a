/**
 * One spelling for each field and type. The repositories of the original spell some of them in several ways; whatever is
 * read is kept in the spelling of the registry. Beside the pairs that are listed here, a name counts as a field's name where
 * they differ in capitals, `_` and `-` alone.
 */
import type { Fields } from './schema.ts';

/** Other spellings of fields, by the spelling that is kept. They count only where the schema has that field. */
export const fieldAliases: Readonly<Record<string, readonly string[]>> = {
  schema_version: ['mlSpecVersion', 'specVersion'],
  endpoint: ['endpoing'],
  scorable_model_local: ['secorable_model_local'],
  model_features_schema_source: ['model_feature_schema_source'],
  data_store_file_paths: ['data_stores_file_paths'],
  metrics_type: ['type'],
  directory: ['in'],
  cpu_per_node: ['cpu_per_nodes'],
  requestLatencyMs: ['requestLatency'],
  requirement: ['requirement(optional)'],
};

/** Other spellings of types, by the one that is kept. Two of them are types of registry 0.0.1 with equal fields. */
export const typeAliases: Readonly<Record<string, readonly string[]>> = {
  training_results: ['train_results', 'training_result', 'train_result'],
  serve: ['package_result'],
};

/** A name without what spellings differ in. */
export function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** The name of the field that a key means, or null for none. */
export function fieldNamed(fields: Fields, key: string): string | null {
  if (Object.hasOwn(fields, key)) return key;
  const bare = bareName(key);
  for (const name of Object.keys(fields)) {
    if (bareName(name) === bare) return name;
    if ((fieldAliases[name] ?? []).some((alias) => bareName(alias) === bare)) return name;
  }
  return null;
}

/** The type that a word means among those that there are, or null for none. */
export function typeNamed(types: Iterable<string>, word: string): string | null {
  const bare = bareName(word);
  for (const name of types) {
    if (bareName(name) === bare) return name;
    if ((typeAliases[name] ?? []).some((alias) => bareName(alias) === bare)) return name;
  }
  return null;
}
