import { PlatformError } from '../../errors/index.ts';
import { type ArtifactPath, parseFolderPath } from './artifact-path.ts';

/**
 * The folder that the artifact URI of a run, a logged model or an experiment names: `mlflow-artifacts:/1/…`, with or
 * without a host.
 * @throws PlatformError TRACKING_ARTIFACTS_ELSEWHERE for URIs of other schemes
 */
export function artifactRootOf(uri: string): ArtifactPath {
  const found = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/s.exec(uri);
  if (found !== null) return parseFolderPath(found[1]!);
  throw new PlatformError('TRACKING_ARTIFACTS_ELSEWHERE', {
    message: `expected artifacts that this server keeps, at mlflow-artifacts:/…, found that they are at ${uri.slice(0, 200)}`,
  });
}
