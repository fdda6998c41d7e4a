/* Runs of the record in the search in words: found by the reports that their steps keep. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProject, type Project } from '../engine/project.ts';

let project: Project;
beforeEach(async () => {
  project = await createProject();
});
afterEach(async () => await project.remove());

const python = `from mlspec import OutputArtifact, Report, component, log_artifact

@component
def make(out: OutputArtifact[Report]):
    with open("../made.md", "w") as file:
        file.write("# Errors\\n\\nConfuses herons with storks.\\n")
    log_artifact("../made.md", "errors/report.md")
    with open(out.path, "w") as file:
        file.write("{}")
`;

it('a report that a step kept finds its run, from the command line of the project', async () => {
  await project.write('jobs.py', python);
  await project.declare("  make: {python: 'jobs.py:make', outputs: {out: Report}}\n");
  const ended = await project.run();
  expect(ended.states, ended.stdout).toEqual({ make: 'complete' });
  const found = await project.mlspec(['search', 'herons', 'storks', '--json']);
  expect(found.code, found.stderr).toBe(0);
  expect(JSON.parse(found.stdout)).toMatchObject({
    ...{ kind: 'run', experimentName: 'tiny', isCut: false },
    snippets: [{ field: 'report', label: 'report make/artifacts/errors/report.md' }],
  });
  expect((await project.mlspec(['search', 'report:"herons with"'])).stdout).toContain('Confuses herons with storks.');
  const none = await project.mlspec(['search', 'name:herons']);
  expect([none.stdout, none.stderr]).toEqual(['', 'nothing has all of this; word* finds what begins so\n']);
});
