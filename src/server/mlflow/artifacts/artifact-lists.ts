/* Listings of the files of a run or a logged model, for the user interface. */
import { artifactRootOf, joinPath, parseFolderPath, rootPath } from '../../../tracking/index.ts';
import { message, required, text } from '../message.ts';
import { type Call, type Route, route } from '../route.ts';
import { runName } from '../runs.ts';
import { writeFile } from './artifact-routes.ts';

/** Endpoints that list what lies in a folder. A folder is listed whole; there is no second page. */
export const artifactListRoutes: readonly Route[] = [
  route(
    'GET /mlflow/artifacts/list',
    message({ ...runName, path: text, page_token: text }),
    async (fields, { tracking, artifacts }) => {
      const run = await tracking.getRun(fields.run_id);
      return await listBelow(run.info.artifactUri, fields.path ?? '', artifacts);
    },
  ),
  route(
    'GET /mlflow/logged-models/{model_id}/artifacts/directories',
    message({ model_id: required(text), artifact_directory_path: text, page_token: text }),
    async ({ model_id, artifact_directory_path }, { tracking, artifacts }) => {
      const model = await tracking.getLoggedModel(model_id);
      return await listBelow(model.artifactUri, artifact_directory_path ?? '', artifacts);
    },
  ),
];

/** What lies in a folder below an artifact URI, by paths below the URI. */
export async function listBelow(uri: string, below: string, { paths }: Call['artifacts']): Promise<object> {
  const root = artifactRootOf(uri);
  const folder = parseFolderPath(below);
  const at = folder === rootPath ? root : joinPath(root, folder);
  const entries = await paths.list(at);
  const prefix = folder === rootPath ? '' : `${folder}/`;
  return {
    root_uri: uri,
    files: entries.map(({ name, sizeBytes }) => writeFile(`${prefix}${name}`, sizeBytes)),
  };
}
