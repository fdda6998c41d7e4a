/** Which texts of a document are credentials: by the field, by the name of the key, or by an address that holds one. */
import type { Part } from './part.ts';
import type { Field } from './schema.ts';
import { bareName } from './spelling.ts';

const names =
  /(?:password|passwd|accesskeyid|secretaccesskey|secretkey|accountkey|apikey|registrytoken|accesstoken|connectionstring)$/;
const inAddress = /^[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/[^/@\s:]{0,200}:[^/@\s]{1,400}@/;
/** What stands for a credential: nothing, crosses, the name of a variable, a word in angle brackets. */
const standIn = /^(?:|[xX*]+|\$\{?[A-Za-z_]\w*\}?|<[^>]*>)$/;

/** The texts at or below a value that are credentials. `field` is null where the schema has none of that key. */
export function credentialsIn(key: string, field: Field | null, part: Part): readonly Part[] {
  const isNamed = (field !== null && 'credential' in field) || names.test(bareName(key));
  return [...texts(part)]
    .filter(({ value }) => (isNamed && !standIn.test(value)) || inAddress.test(value))
    .map((one) => one.part);
}

/** Whether a text at a credential's place only stands for one. */
export function isStandIn(text: string): boolean {
  return standIn.test(text);
}

/** The texts of a value itself and of the items of a list; what is below keys is found with these. */
function* texts(part: Part): Generator<{ readonly value: string; readonly part: Part }> {
  if (part.kind === 'scalar' && typeof part.value === 'string') yield { value: part.value, part };
  if (part.kind === 'scalar' && typeof part.value === 'number') yield { value: String(part.value), part };
  if (part.kind === 'list') for (const item of part.items) yield* texts(item);
}
