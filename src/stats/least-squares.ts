/** Observations, each with the numbers that stand by the coefficients. */
export interface Observations {
  /** float64[count, width], row by row: the observation, then a number for each coefficient. It is changed. */
  readonly table: Float64Array;
  readonly count: number;
  readonly width: number;
}

/** What least squares leaves, and what it foretells. */
export interface Residuals {
  /** Sum of the squares of what is left. */
  readonly squares: number;
  /** The fitted function at the place that was asked for. */
  readonly predicted: number;
  /** How much its being fitted adds to the variance there, in units of that of one observation. */
  readonly leverage: number;
}

/** A column whose part beyond those before it is a smaller share of it than this has none. */
const smallestPart = 1e-9;

/**
 * Fits a linear function by Householder's reflections. Null where there are fewer observations than coefficients, or where they do not
 * tell all of them.
 * @param place float64[width - 1]: where the fitted function is asked for
 * @see Golub and Van Loan, Matrix Computations, section 5.3.2
 */
export function residualsOf(of: Observations, place: Float64Array): Residuals | null {
  const { table, count, width } = of;
  const columns = width - 1;
  if (count < columns) return null;
  for (let column = 1; column <= columns; column++) if (!reflect(of, column)) return null;
  let squares = 0;
  for (let row = columns; row < count; row++) squares += table[row * width]! ** 2;
  // With R'z = place the function there is z · Q'y, and its variance z · z.
  const z = new Float64Array(columns);
  let [predicted, leverage] = [0, 0];
  for (let at = 0; at < columns; at++) {
    let rest = place[at]!;
    for (let before = 0; before < at; before++) rest -= table[before * width + at + 1]! * z[before]!;
    z[at] = rest / table[at * width + at + 1]!;
    predicted += z[at]! * table[at * width]!;
    leverage += z[at]! ** 2;
  }
  return { squares, predicted, leverage };
}

/** Makes a column nought below its place on the diagonal; false where it has nothing that those before it have not. */
function reflect({ table, count, width }: Observations, column: number): boolean {
  const first = column - 1;
  let [below, above] = [0, 0];
  for (let row = 0; row < count; row++) {
    const square = table[row * width + column]! ** 2;
    if (row < first) above += square;
    else below += square;
  }
  const norm = Math.sqrt(below);
  if (!(norm > smallestPart * Math.sqrt(above + below))) return false;
  const head = table[first * width + column]!;
  const diagonal = head > 0 ? -norm : norm;
  const scale = norm * (norm + Math.abs(head));
  // What is multiplied by this column's reflection: row by row, as the table lies in memory.
  const products = new Float64Array(width);
  const partOf = (row: number): number => table[row * width + column]! - (row === first ? diagonal : 0);
  for (let row = first; row < count; row++) {
    const part = partOf(row);
    products[0]! += part * table[row * width]!;
    for (let other = column + 1; other < width; other++) products[other]! += part * table[row * width + other]!;
  }
  for (let row = first; row < count; row++) {
    const factor = partOf(row) / scale;
    table[row * width]! -= factor * products[0]!;
    for (let other = column + 1; other < width; other++) table[row * width + other]! -= factor * products[other]!;
    table[row * width + column] = row === first ? diagonal : 0;
  }
  return true;
}
