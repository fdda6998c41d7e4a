import { isKeyName } from '../../data-quality/index.ts';
import { nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { parseExpression } from '../../spec/index.ts';
import { whyNoLabel } from './label.ts';
import type { DataSurvey, SurveyedColumn } from './survey.ts';

/** A column of the dataset: where it comes from and the name that it gets. */
export interface ChosenColumn {
  readonly name: string;
  readonly from: SurveyedColumn;
}

/** A feature with its expression. */
export interface ChosenFeature {
  readonly name: string;
  readonly expression: string;
}

/** Everything that the first declaration says, decided from the data. */
export interface ChosenTask {
  readonly kind: 'binary' | 'multiclass' | 'regression';
  readonly label: ChosenColumn;
  /** Binary: the value that counts as yes; null where 1 or true is one of the two. */
  readonly positive: string | number | boolean | null;
  readonly key: string;
  /** Whether the key is the number of the row, because no column names rows. */
  readonly isRowNumber: boolean;
  readonly time: string | null;
  readonly columns: readonly ChosenColumn[];
  readonly features: readonly ChosenFeature[];
  /** Whether each part can have its share of each class. */
  readonly isStratified: boolean;
  /** Columns that no feature uses, and why. */
  readonly unused: readonly { readonly name: string; readonly reason: string }[];
}

const mostIntegerClasses = 10;
const mostIndicators = 20;
const freeTextLength = 30;
/** Of the most frequent class, so that each part gets one of its rows. */
const rowsForShares = 5;
const rowsOfClass = 2;
/** Rows from which on no part of a fifth stays empty by chance: below 1 in 400. */
const rowsForChance = 30;

/**
 * Decides the task from a label (the last column where it is null).
 * @throws PlatformError INIT_BAD_LABEL; INIT_NOTHING_TO_LEARN where no column is left or the rows are too few to be split
 */
export function chooseTask(survey: DataSurvey, label: string | null): ChosenTask {
  const columns = nameColumns(survey.columns);
  const chosen =
    label === null ? columns.at(-1)! : columns.find(({ name, from }) => from.name === label || name === label);
  if (chosen === undefined) throw noColumn(String(label), survey);
  const kind = kindOf(chosen.from);
  const others = columns.filter((column) => column !== chosen);
  const key = others.find(({ from }) => isKey(from, survey.rowCount));
  const time = others.find(({ from }) => from.type === 'timestamp' || from.type === 'date');
  const decided = others
    .filter((column) => column !== key && column !== time)
    .map((column) => ({ column, ...featureOf(column, survey.rowCount) }));
  const features = decided.flatMap(({ column, expression }) =>
    expression === null ? [] : [{ name: column.name, expression }],
  );
  if (features.length === 0)
    throw new PlatformError('INIT_NOTHING_TO_LEARN', {
      message: `no column of ${survey.path} beside ${chosen.from.name} can be a feature`,
    });
  return {
    kind,
    label: chosen,
    isStratified: canStratify(kind, chosen.from, survey),
    positive: kind === 'binary' ? positiveOf(chosen.from) : null,
    key: key?.name ?? freeName('row', columns),
    isRowNumber: key === undefined,
    time: time?.name ?? null,
    columns,
    features,
    unused: [
      ...decided.flatMap(({ column, reason }) => (reason === null ? [] : [{ name: column.name, reason }])),
      ...survey.unreadable.map((name) => ({ name, reason: 'a list or another type that no dataset has' })),
    ],
  };
}

function noColumn(label: string, { columns }: DataSurvey): PlatformError {
  const names = columns.map((column) => column.name);
  const nearest = nearestName(label, names);
  const meant = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return new PlatformError('INIT_BAD_LABEL', {
    message: `expected the label to be a column, found ${JSON.stringify(label)}.${meant} The columns are: ${names.join(', ')}`,
  });
}

function kindOf(label: SurveyedColumn): ChosenTask['kind'] {
  const problem = whyNoLabel(label);
  if (problem !== null)
    throw new PlatformError('INIT_BAD_LABEL', {
      message: `the column ${label.name} cannot be the label: ${problem}`,
    });
  if (label.distinctCount === 2) return 'binary';
  if (label.type === 'string') return 'multiclass';
  return label.type === 'int64' && label.distinctCount <= mostIntegerClasses ? 'multiclass' : 'regression';
}

function canStratify(kind: ChosenTask['kind'], label: SurveyedColumn, survey: DataSurvey): boolean {
  const rowCount = survey.rowCount - label.missingCount;
  const hasShares = (label.values[0]?.count ?? 0) >= rowsForShares && rowCount >= label.distinctCount * rowsOfClass;
  if (kind !== 'regression' && hasShares) return true;
  if (rowCount >= rowsForChance) return false;
  throw new PlatformError('INIT_NOTHING_TO_LEARN', {
    message: `${survey.path} has ${rowCount} rows with a ${label.name}, too few to be split into parts that are not empty`,
    hint: `Give at least ${rowsForChance} rows, or two classes of which one has ${rowsForShares}.`,
  });
}

/** The rarer of the two values, unless 1 or true is among them. */
function positiveOf(label: SurveyedColumn): ChosenTask['positive'] {
  const values = label.values.map(({ value }) => value);
  if (values.includes(true) || values.includes(1)) return null;
  return values.find((value) => /^(yes|y|true|t|positive|1)$/i.test(String(value))) ?? values.at(-1) ?? null;
}

function isKey(column: SurveyedColumn, rowCount: number): boolean {
  if (column.distinctCount !== rowCount || (column.type !== 'int64' && column.type !== 'string')) return false;
  return isKeyName(column.name);
}

function featureOf(column: ChosenColumn, rowCount: number): { expression: string | null; reason: string | null } {
  const { from, name } = column;
  const no = (reason: string) => ({ expression: null, reason });
  const yes = (expression: string) => ({ expression, reason: null });
  if (from.distinctCount < 2) return no('the same everywhere');
  if (from.type === 'date' || from.type === 'timestamp') return yes(`month(${name})`);
  if (from.type === 'string') {
    if (from.meanLength >= freeTextLength) return yes(`tokens(${name}, top=100)`);
    if (from.distinctCount <= mostIndicators) return yes(`one_hot(${name})`);
    if (from.distinctCount > rowCount / 2) return no('a text that is different in nearly every row');
    return yes(`vocabulary(${name}, top=1000)`);
  }
  return yes(from.missingCount > 0 ? `standardize(impute(${name}, median))` : `standardize(${name})`);
}

/** Names that expressions take as they are: those of the file where they are such, else made from them. */
function nameColumns(columns: readonly SurveyedColumn[]): ChosenColumn[] {
  const named: ChosenColumn[] = [];
  for (const from of columns) named.push({ name: freeName(plainName(from.name), named), from });
  return named;
}

function plainName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !isTaken(name)) return name;
  const cleaned = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase();
  const started = /^[a-z]/.test(cleaned) ? cleaned : `column_${cleaned}`;
  return isTaken(started) ? `${started}_` : started;
}

function isTaken(name: string): boolean {
  return (
    parseExpression(name).expression?.kind !== 'name' ||
    ['outliers', 'passthrough', '__row', 'new', 'old'].includes(name)
  );
}

function freeName(wanted: string, columns: readonly ChosenColumn[]): string {
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${wanted}_${number}`;
  return name;
}
