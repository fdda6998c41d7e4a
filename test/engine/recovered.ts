import { join } from 'node:path';
import { expect } from 'vitest';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { checkState, createProject, type Project, processesOfSteps } from './project.ts';

/** Steps that the record says are complete, read as a dead engine left it. */
export async function completeSteps(project: Project): Promise<string[]> {
  return await project.withRecord(async (metadata) => {
    const runs = await metadata.listRuns({ limit: 100 });
    const executions = (await Promise.all(runs.map((run) => metadata.executions(run.id)))).flat();
    return executions.filter((execution) => execution.state === 'COMPLETE').map((execution) => execution.step);
  });
}

/** Nothing claims to be complete and is not: what is stored is whole, what the record says was made is stored. */
export async function expectNothingHalf(project: Project): Promise<void> {
  const store = createLocalArtifacts({ root: join(project.root, '.mlspec', 'artifacts') });
  for await (const item of store.list()) expect(await store.verify(item.digest, { kind: item.kind })).toBe('ok');
  await project.withRecord(async (metadata) => {
    for (const run of await metadata.listRuns({ limit: 100 })) {
      const executions = await metadata.executions(run.id);
      const events = await metadata.events(executions.map((execution) => execution.id));
      const artifacts = await metadata.artifacts(events.map((event) => event.artifactId));
      expect(artifacts).toHaveLength(events.length);
      for (const artifact of artifacts) expect(await store.verify(artifact.digest)).toBe('ok');
      const made = new Set(events.flatMap((event) => (event.direction === 'OUTPUT' ? [event.executionId] : [])));
      for (const execution of executions)
        if (execution.state === 'COMPLETE' || execution.state === 'CACHED') expect(made).toContain(execution.id);
        else if (execution.state === 'RUNNING') expect(made).not.toContain(execution.id);
    }
  });
}

/** What an undisturbed run of steps is recorded as. */
export async function undisturbedRecord(steps: string): Promise<string> {
  const calm = await createProject();
  try {
    await calm.declare(steps);
    const { record } = await calm.run();
    expect(record).toMatch(/^sha256:/);
    expect(await checkState(calm)).toEqual([]);
    return record!;
  } finally {
    await calm.remove();
  }
}

/** What must hold once an engine was killed and the command was given again. */
export async function expectRecovered(
  project: Project,
  { complete, undisturbed }: { readonly complete: readonly string[]; readonly undisturbed: string },
): Promise<void> {
  await expectNothingHalf(project);
  await project.forgetRan();
  const next = await project.run();
  expect(next.code, next.stdout).toBe(0);
  expect(next.record).toBe(undisturbed);
  expect((await project.ran()).filter((step) => complete.includes(step))).toEqual([]);
  expect(await checkState(project)).toEqual([]);
  await expectNothingHalf(project);
  expect(await processesOfSteps(project)).toEqual([]);
  await project.forgetRan();
  expect((await project.run()).record).toBe(undisturbed);
  expect(await project.ran()).toEqual([]);
}
