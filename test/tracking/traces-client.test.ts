/* MLflow's own client, unchanged, with traces of ours: a live `mlspec server`. */
import { describeChecks } from './client-checks.ts';

const checks = [
  'nested_spans',
  'exceptions',
  'async_export',
  'search',
  'feedback_and_expectations',
  'tags_and_deletion',
  'trace_inside_a_run',
  'big_values',
  'many_spans',
  'session_and_user',
  'autologging_still_works',
];

describeChecks({ script: 'traces_client.py', checks });
