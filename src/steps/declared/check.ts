import type { PlanInput } from '../../pipeline/index.ts';
import type { DeclaredStep, Finding } from '../../spec/index.ts';
import { groupsOf, type LeafInstance, type Scope } from './expand.ts';
import { groupOutput } from './references.ts';

/** An error at a place of the document. */
export function findingAt(
  path: readonly (string | number)[],
  says: Pick<Finding, 'rule' | 'message'> & { readonly suggestion: string },
): Finding {
  return { severity: 'error', path, ...says };
}

/** What is wrong with groups: empty ones, outputs that no member makes, settings that a group cannot have. */
export function checkGroups(top: Scope): Finding[] {
  return groupsOf(top).flatMap((group) => {
    if (group.inside.members.size === 0)
      return [
        findingAt([...group.path, 'steps'], {
          rule: 'plan/empty-group',
          message: `the group ${group.name} has no steps`,
          suggestion: 'write at least one step, or remove the group',
        }),
      ];
    const outputs = Object.keys(group.step.outputs).flatMap((port) => {
      const makers = new Set(groupOutput(group, port).map((member) => member.path.join('/')));
      if (makers.size === 1) return [];
      return [
        findingAt([...group.path, 'outputs', port], {
          rule: 'plan/group-output',
          message: `output ${port} of the group ${group.name} is the output ${port} of one of its steps; ${makers.size === 0 ? 'none has it' : 'several have it'}`,
          suggestion: 'name the output after that of exactly one step of the group',
        }),
      ];
    });
    return [...outputs, ...groupSettings(group.step).map((key) => idleSetting(group, key))];
  });
}

function groupSettings(step: DeclaredStep): string[] {
  return [
    ...(step.secrets.length > 0 ? ['secrets'] : []),
    ...(step.files.length > 0 ? ['files'] : []),
    ...(step.timeoutMs === null ? [] : ['timeout']),
    ...(Object.keys(step.limits).length > 0 ? ['limits'] : []),
    ...(step.retries.limit > 0 ? ['retries'] : []),
    ...(step.seed === 0 ? [] : ['seed']),
    ...(step.cache ? [] : ['cache']),
    ...(step.deterministic ? [] : ['deterministic']),
    ...(step.fits === true ? ['fits'] : []),
  ];
}

function idleSetting(group: { readonly name: string; readonly path: readonly string[] }, key: string): Finding {
  return findingAt([...group.path, key], {
    rule: 'plan/group-setting',
    message: `${key} says nothing on a group; ${group.name} is one`,
    suggestion: `write ${key} on the steps of the group`,
  });
}

/** What is wrong with how a step is carried out: places outside the project, and what SQL cannot take or make. */
export function checkImplementation(leaf: LeafInstance, inputs: Readonly<Record<string, PlanInput>>): Finding[] {
  const implementation = leaf.step.implementation!;
  const at = (key: string): string[] => [...leaf.path, key];
  if (implementation.kind === 'sql') return checkSql(leaf, inputs);
  const file = implementation.kind === 'typescript' ? implementation.file : null;
  const code =
    implementation.kind === 'python' && /[\\/]|\.py$/.test(implementation.module) ? implementation.module : file;
  if (code !== null && (code.startsWith('/') || code.split(/[\\/]/).includes('..')))
    return [
      findingAt(at(implementation.kind), {
        rule: 'plan/outside-project',
        message: `the code of step ${leaf.name} is outside the project: ${code}`,
        suggestion: 'write a path relative to the declaration, without ..',
      }),
    ];
  return [];
}

function checkSql(leaf: LeafInstance, inputs: Readonly<Record<string, PlanInput>>): Finding[] {
  const outputs = Object.values(leaf.step.outputs);
  const one = outputs.length === 1 && outputs[0]!.type === 'Dataset';
  const odd = Object.entries(inputs).filter(([, input]) => !['Dataset', 'Predictions', 'Any'].includes(input.type));
  return [
    ...(one
      ? []
      : [
          findingAt([...leaf.path, 'outputs'], {
            rule: 'plan/sql-output',
            message: `step ${leaf.name} is SQL and makes one table`,
            suggestion: 'write outputs: {<name>: Dataset}',
          }),
        ]),
    ...odd.map(([port, input]) =>
      findingAt([...leaf.path, 'inputs', port], {
        rule: 'plan/sql-input',
        message: `SQL reads tables; input ${port} of step ${leaf.name} is a ${input.type}`,
        suggestion: 'give it a Dataset or Predictions',
      }),
    ),
  ];
}
