/**
 * Queries over what the REST API answers. Each root field is an endpoint: its input is the endpoint's message, and a field
 * of an answer is the message's field of the same name, `runId` being `run_id`. A field that the message leaves out has the
 * default that protocol buffers give its type, as MLflow's own server answers: an empty text, 0, an empty list.
 */
import { execute, GraphQLError, parse, validate } from 'graphql';
import { errorAnswer } from '../errors.ts';
import { boundDocument, boundText } from './bounds.ts';
import { createSchema } from './executable-schema.ts';
import { messageField } from './message-fields.ts';
import { type Ask, queryContext } from './query-context.ts';

/** What is asked: a document, values of its variables, and which of its operations. */
export interface Query {
  readonly query: string;
  readonly variables: object | null;
  readonly operationName: string | null;
}

/** What it is answered with, by whom. */
export interface QueryOptions {
  readonly ask: Ask;
  /** Hears of errors that are nobody's fault but the server's. */
  readonly onError: (error: unknown) => void;
}

/** The answer in JSON. Errors are their messages, as the web interface reads them. */
export interface QueryAnswer {
  readonly data: unknown;
  readonly errors: readonly string[] | null;
}

const schema = createSchema();
/** The most findings that an answer tells of one wrong document. */
const findingLimit = 5;

/** Answers a query; what is wrong with it stands in the errors. Never rejects. */
export async function answerQuery(query: Query, options: QueryOptions): Promise<QueryAnswer> {
  try {
    boundText(query.query);
    const document = parse(query.query);
    boundDocument(document);
    const findings = validate(schema, document, undefined, { maxErrors: findingLimit });
    if (findings.length > 0) return refused(findings);
    const { data, errors } = await execute({
      schema,
      document,
      contextValue: queryContext(options.ask),
      variableValues: query.variables as Record<string, unknown> | null,
      operationName: query.operationName,
      fieldResolver: messageField,
    });
    return { data: data ?? null, errors: errors === undefined ? null : messages(errors, options) };
  } catch (error) {
    if (error instanceof GraphQLError) return refused([error]);
    throw error;
  }
}

function refused(errors: readonly GraphQLError[]): QueryAnswer {
  return { data: null, errors: errors.map(({ message }) => message) };
}

function messages(errors: readonly GraphQLError[], { onError }: QueryOptions): readonly string[] {
  return errors.map(({ message, originalError }) => {
    if (originalError === undefined || originalError instanceof GraphQLError) return message;
    const { status, body } = errorAnswer(originalError);
    if (status >= 500) onError(originalError);
    return body.message;
  });
}
