import type { FileProfile } from './profile-files.ts';

/** Something that a reader of a profile should see before all else. */
export interface ToldFirst {
  /** Null where it is about the whole table. */
  readonly column: string | null;
  readonly message: string;
  /** Whether it says how the table differs from the one that it is compared with. */
  readonly isDifference: boolean;
}

/** What is to be told of a profile first: how it differs from the older table, drift before columns, then the warnings. */
export function toldFirst({ compared, warnings }: Pick<FileProfile, 'compared' | 'warnings'>): ToldFirst[] {
  const difference = (column: string, message: string): ToldFirst => ({ column, message, isDifference: true });
  const { columns = [], onlyReference = [], onlyCurrent = [], differentTypes = [] } = compared?.drift ?? {};
  return [
    ...columns
      .filter(({ drifted }) => drifted)
      .map(({ name, judgedBy, distances }) =>
        difference(name, `drifted: ${judgedBy} ${Number(distances[judgedBy]!.toPrecision(4))}`),
      ),
    ...onlyReference.map((name) => difference(name, 'is not there any more')),
    ...onlyCurrent.map((name) => difference(name, 'is new')),
    ...differentTypes.map((one) => difference(one.name, `was ${one.reference} and is ${one.current}`)),
    ...warnings.map(({ column, message }) => ({ column, message, isDifference: false })),
  ];
}
