/* Where artifacts lie that a client sends through the server. */

/** Where the artifacts of an experiment lie that names no place of its own. */
export function defaultLocation(experimentId: number): string {
  return `mlflow-artifacts:/${experimentId}`;
}

/** A path below a location; a query stays at the end. */
export function locationBelow(location: string, path: string): string {
  const [place, ...query] = location.split('?');
  return [`${place!.replace(/\/$/, '')}/${path}`, ...query].join('?');
}
