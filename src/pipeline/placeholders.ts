import type { Finding } from '../spec/index.ts';
import { type PlanStep, stepPath } from './plan.ts';

/** What an argument of a command stands for: a port's path, or a parameter's value by its dotted path. */
export interface Placeholder {
  /** As it is written, braces included. */
  readonly whole: string;
  readonly kind: 'inputs' | 'outputs' | 'params';
  readonly name: string;
}

const form = /\{(inputs|outputs|params)\.([A-Za-z0-9_.-]+)\}/g;

/** An argument with each placeholder replaced by what `fill` answers for it. */
export function replacePlaceholders(argument: string, fill: (placeholder: Placeholder) => string): string {
  return argument.replaceAll(form, (whole, kind: Placeholder['kind'], name: string) => fill({ whole, kind, name }));
}

/** A finding for each placeholder of a command that names no port and no parameter of its step. */
export function checkPlaceholders(step: PlanStep): Finding[] {
  const { component } = step;
  if (component.kind !== 'command' && component.kind !== 'container') return [];
  const placeholders = component.argv.flatMap((argument) => [...argument.matchAll(form)]);
  const unknown = placeholders.filter(([, kind, name]) => !isKnown(step[kind as Placeholder['kind']], name!));
  return [...new Map(unknown.map((found) => [found[0], found])).values()].map(([whole, kind]) => {
    const names = Object.keys(step[kind as Placeholder['kind']]);
    return {
      rule: 'plan/placeholder',
      severity: 'error',
      path: step.stage === 'steps' ? [...stepPath(step), component.kind] : [step.stage, component.kind],
      message: `${whole} in the command of step ${step.name} names none of its ${kind}`,
      suggestion: `its ${kind} are: ${names.join(', ') || 'none'}`,
    };
  });
}

function isKnown(members: Readonly<Record<string, unknown>>, path: string): boolean {
  let value: unknown = members;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
    value = (value as Record<string, unknown>)[part];
  }
  return true;
}
