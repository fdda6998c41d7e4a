/* What the endpoints of users and tokens are for. */
/** By method and path. */
export const accessSentences: Readonly<Record<string, string>> = {
  'POST /mlflow/users/create': 'Adds a user.',
  'GET /mlflow/users/get': 'A user with what was granted.',
  'GET /mlflow/users/list': 'All users.',
  'GET /mlflow/users/current': 'Whoever asks.',
  'PATCH /mlflow/users/update-password': 'Gives a user another password.',
  'PATCH /mlflow/users/update-admin': 'Makes a user an admin, or no longer one.',
  'DELETE /mlflow/users/delete': 'Removes a user.',
  'POST /mlflow/users/permissions/grant': 'Grants a user a permission on an experiment or a registered model.',
  'POST /mlflow/users/permissions/revoke': 'Takes such a permission back.',
  'GET /mlflow/users/permissions/get': 'The permission of a user on an experiment or a registered model.',
  'GET /mlflow/users/permissions/list': 'All permissions of a user.',
  'GET /mlflow/users/current/permissions': 'All permissions of whoever asks.',
  'POST /mlspec/tokens/create': 'Makes an API token for whoever asks, and shows it once.',
  'GET /mlspec/tokens/list': 'The API tokens of whoever asks.',
  'POST /mlspec/tokens/revoke': 'Ends an API token.',
};
