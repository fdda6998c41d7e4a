import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../../tools/problem.ts';
import { createProject, type Project } from '../engine/project.ts';

/** Makes a project of the example of penguins, with its data, that has not run yet. */
export async function createPenguinsProject(): Promise<Project> {
  const project = await createProject();
  await cp(join(repositoryRoot, 'examples/penguins'), project.root, {
    recursive: true,
    filter: (path) => !path.includes('.mlspec'),
  });
  await mkdir(join(project.root, 'data'), { recursive: true });
  const data = 'node_modules/vega-datasets/data/penguins.json';
  await cp(join(repositoryRoot, data), join(project.root, 'data/penguins.json'));
  return project;
}
