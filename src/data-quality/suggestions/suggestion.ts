import type { WrittenCheck } from '../checks/declared-check.ts';

/** What kind of mistake a suggested check is for. */
export type SuggestionKind =
  | 'rows'
  | 'columns'
  | 'type'
  | 'presence'
  | 'range'
  | 'distribution'
  | 'sentinel'
  | 'domain'
  | 'characters'
  | 'length'
  | 'format'
  | 'distinct'
  | 'key'
  | 'relation';

/** A check that was made from data, with what came of it on partitions that it was not made from. */
export interface SuggestedCheck extends Pick<WrittenCheck, 'that' | 'why'> {
  /** The share of the rows that may fail. */
  readonly tolerance: number;
  readonly kind: SuggestionKind;
  /** The column that it is about; null of rows, or of several columns. */
  readonly column: string | null;
  /** Held-out partitions in which it would have raised an alarm; null of what all rows of one table have alike, as types. */
  readonly alarmCount: number | null;
}

/** Checks that were made from the partitions of a table. */
export interface Suggestions {
  /** What a partition is: `day(date)`. */
  readonly rule: string;
  readonly rowCount: number;
  readonly partitionCount: number;
  /** The names of the first and the last one. */
  readonly from: string;
  readonly to: string;
  /** Rows that are in no partition, because they have no value of the column that divides them. */
  readonly leftOutCount: number;
  /** Partitions that were left out because they have fewer than a quarter of the usual rows, by name. */
  readonly small: readonly string[];
  readonly checks: readonly SuggestedCheck[];
  /** Checks that did not hold on held-out partitions. */
  readonly dropped: readonly Pick<SuggestedCheck, 'kind' | 'column' | 'that' | 'alarmCount'>[];
  /** Partitions of the past in which the checks raise an alarm, by name: what is strange in them is worth a look. */
  readonly strange: readonly string[];
  /** How the checks together did on partitions after those that they were made from. */
  readonly backTest: {
    /** The share of partitions in which checks may raise an alarm although they are as those before. */
    readonly allowedRate: number;
    readonly heldOutCount: number;
    readonly alarmCount: number;
    /** What at most the rate of alarms is, at 95 % confidence (Clopper and Pearson, one side), if the partitions are alike and independent. */
    readonly rateAtMost: number;
    /** How far bounds lie from the middle, in how far a value ever went. */
    readonly width: number;
  };
}
