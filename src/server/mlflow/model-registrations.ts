import { isPlatformError } from '../../errors/index.ts';
import type { ModelVersion } from '../../registry/index.ts';
import type { LoggedModel, TrackingStore } from '../../tracking/index.ts';
import { nullWhereUnknown } from './null-where-unknown.ts';

/** The tag of a logged model that lists the versions that were made of it: JSON, as MLflow's clients read and write it. */
const tag = 'mlflow.modelVersions';

/** Notes at the logged model of a version that it was registered; nothing happens for a version of none, or of one that is deleted. */
export async function noteRegistration(
  { modelId, model, ordinal }: ModelVersion,
  tracking: TrackingStore,
): Promise<void> {
  if (modelId === null) return;
  const logged = await tracking.getLoggedModel(modelId).catch(nullWhereUnknown);
  if (logged === null) return;
  const registered = [...registrationsOf(logged), { name: model, version: ordinal }];
  const tags = [{ key: tag, value: JSON.stringify(registered) }];
  await tracking.describeLoggedModel(modelId, { tags }).catch((error: unknown) => {
    // Whoever may read a model and not change it registers it all the same.
    if (!isPlatformError(error) || error.code !== 'ACCESS_DENIED') throw error;
  });
}

/** What the tag says; nothing where a client wrote something else into it. */
function registrationsOf({ tags }: LoggedModel): readonly unknown[] {
  try {
    const found: unknown = JSON.parse(tags.find(({ key }) => key === tag)?.value ?? '[]');
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}
