import { checkRules } from './check-rules.ts';
import { dataRules } from './data-rules.ts';
import { foldRules } from './fold-rules.ts';
import { gateRules } from './gate-rules.ts';
import { listRules } from './list-rules.ts';
import { productionRules } from './production-rules.ts';
import type { Rule } from './rule.ts';
import { stepRules } from './step-rules.ts';
import { taskRules } from './task-rules.ts';

/** Every static rule, in the order in which the reference lists them. */
export const rules: readonly Rule[] = [
  ...taskRules,
  ...dataRules,
  ...checkRules,
  ...foldRules,
  ...gateRules,
  ...stepRules,
  ...listRules,
  ...productionRules,
];
