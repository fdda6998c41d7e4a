import {
  buildSchema,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  Kind,
} from 'graphql';
import { int64 } from '../message.ts';
import type { RouteName } from '../route.ts';
import type { QueryContext } from './query-context.ts';
import { schemaText } from './schema.ts';

type Resolver = GraphQLFieldResolver<unknown, QueryContext>;

/** The endpoints behind the root fields. */
const endpoints: Readonly<Record<string, RouteName>> = {
  mlflowGetExperiment: 'GET /mlflow/experiments/get',
  mlflowGetMetricHistoryBulkInterval: 'GET /mlflow/metrics/get-history-bulk-interval',
  mlflowGetRun: 'GET /mlflow/runs/get',
  mlflowListArtifacts: 'GET /mlflow/artifacts/list',
  mlflowSearchModelVersions: 'GET /mlflow/model-versions/search',
  mlflowSearchRuns: 'POST /mlflow/runs/search',
  mlflowSearchDatasets: 'POST /mlflow/experiments/search-datasets',
};

/** The schema with what its fields do where that is not what fields usually do. */
export function createSchema(): GraphQLSchema {
  const made = buildSchema(schemaText);
  const long = made.getType('LongString') as GraphQLScalarType;
  // Beyond 2^53 a message holds the number as JSON writes it.
  long.coerceOutputValue = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  long.coerceInputValue = (value) => int64(value, 'LongString');
  long.coerceInputLiteral = (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return int64(node.value, 'LongString');
    throw new GraphQLError(`expected an integer for LongString, found ${node.kind}`);
  };
  const fieldsOf = (name: string): ReturnType<GraphQLObjectType['getFields']> =>
    (made.getType(name) as GraphQLObjectType).getFields();
  for (const type of ['Query', 'Mutation']) {
    for (const [name, field] of Object.entries(fieldsOf(type))) {
      const endpoint = endpoints[name];
      if (endpoint !== undefined) field.resolve = askEndpoint(endpoint);
    }
  }
  fieldsOf('Query')['test']!.resolve = (_source, args) => ({ output: args['inputString'] });
  fieldsOf('Mutation')['testMutation']!.resolve = () => null;
  const run = fieldsOf('MlflowRunExtension');
  run['experiment']!.resolve = (source, _args, context: QueryContext) => experimentOf(source, context);
  run['modelVersions']!.resolve = (source, _args, context: QueryContext) => context.versionsOf(infoOf(source).run_id);
  return made;
}

function askEndpoint(endpoint: RouteName): Resolver {
  return async (_source, { input }, { ask }) => {
    if (input === undefined || input === null) throw new GraphQLError("Missing value for required argument 'input'.");
    return await ask(endpoint, input as object);
  };
}

/** What a run says of itself on the wire. */
interface WireInfo {
  readonly run_id: string;
  readonly experiment_id: string;
}

function infoOf(run: unknown): WireInfo {
  return (run as { readonly info: WireInfo }).info;
}

function experimentOf(source: unknown, { ask, experiments }: QueryContext): Promise<object> {
  const { experiment_id } = infoOf(source);
  const known = experiments.get(experiment_id);
  if (known !== undefined) return known;
  const found = ask('GET /mlflow/experiments/get', { experiment_id }).then(
    (answer) => (answer as { readonly experiment: object }).experiment,
  );
  experiments.set(experiment_id, found);
  return found;
}
