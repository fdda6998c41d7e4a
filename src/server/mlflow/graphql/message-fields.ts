import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
} from 'graphql';

/**
 * A field of a message, by the name that it has there: `runId` is `run_id`. What the message leaves out has the default that
 * protocol buffers give its type, as MLflow's own server answers: an empty text, 0, an empty list.
 */
export const messageField: GraphQLFieldResolver<unknown, unknown> = (
  source,
  _args,
  _context,
  { fieldName, returnType },
) => {
  const name = fieldName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const value = (source as Readonly<Record<string, unknown>>)[name];
  if (value === undefined) return fieldName === 'apiError' ? null : defaultOf(returnType, fieldName);
  // Doubles that JSON has no number for are texts in messages.
  return isFloat(returnType) ? numberOf(value) : value;
};

function isFloat(type: GraphQLOutputType): boolean {
  return String(getNullableType(type)) === 'Float';
}

/** Null for NaN; what is infinite is as large as a double can be. */
function numberOf(value: unknown): number | null {
  const number = Number(value);
  if (Number.isNaN(number)) return null;
  return Math.min(Math.max(number, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** What protocol buffers take a field for that was not set. */
function defaultOf(given: GraphQLOutputType, field: string): unknown {
  const type = getNullableType(given);
  if (isListType(type)) return [];
  if (isObjectType(type)) return {};
  // Their numbers begin with 1, so that the default is none of them.
  if (isEnumType(type)) return null;
  if (field === 'workspace') return 'default';
  return { Boolean: false, Int: 0, Float: 0, LongString: '0' }[String(type)] ?? '';
}
