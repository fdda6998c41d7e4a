/**
 * Additive smoothing with trend and season, as a linear model with one source of error:
 *
 *   y_t = l + b + s_{t-m} + e_t,   l' = l + b + α e_t,   b' = b + α β e_t,   s_t = s_{t-m} + γ e_t
 *
 * For given α, β, γ every error is an affine function of the m + 1 numbers that it begins with (level, trend, and seasons that add up to
 * nought), and the errors are independent: least squares finds the beginning, and the next value has an exact prediction interval by
 * Student's distribution. So α, β, γ alone are searched, by the least sum of squares, on a grid and then with the simplex of Nelder and
 * Mead inside 0 <= α, β <= 1 and 0 <= γ <= 1 - α. Each of the three takes a degree of freedom too.
 *
 * A missing value (NaN) leaves the state as it was foretold.
 *
 * @see Holt 1957; Winters 1960; Hyndman, Koehler, Ord, Snyder, Forecasting with Exponential Smoothing (2008), sections 3.4 and 5.1;
 *   Nelder and Mead 1965
 */
import { residualsOf } from './least-squares.ts';

/** How fast level, trend and season follow what is seen; `trend` is a share of what the level moves. */
export interface Smoothing {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
}

/** A smoothed series: what it foretells of the next value. */
export interface SmoothedSeries {
  readonly smoothing: Smoothing;
  /** Foretold for the place after the last value. */
  readonly next: number;
  /** Sum of the squares of the errors. */
  readonly squares: number;
  /** Values that are there. */
  readonly count: number;
  /** How much the unknown beginning adds to the variance of the next error, in units of that of an error. */
  readonly leverage: number;
}

/** A state as affine functions of the beginning: a constant first, then one coefficient for each number of the beginning. */
interface State {
  readonly level: Float64Array;
  readonly trend: Float64Array;
  /** One for each place of the season. */
  readonly seasons: readonly Float64Array[];
}

/** The values that a series needs at least: two seasons, and more values than numbers are found from them. */
export function leastHoltWinters(season: number): number {
  return Math.max(2 * season, season + 6);
}

/**
 * The series smoothed as given, from the beginning that fits it best. Null where the values do not tell the beginning, as where a place of
 * the season has none.
 * @param values float64[n], NaN where one is missing
 * @param season length of the season, at least 2
 */
export function smoothSeries(values: ArrayLike<number>, season: number, smoothing: Smoothing): SmoothedSeries | null {
  const state = beginning(season);
  const width = season + 2;
  const table = new Float64Array(values.length * width);
  const error = new Float64Array(width);
  let count = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    const isMissing = Number.isNaN(value);
    foretell(state, at % season, error);
    for (let part = 0; part < width; part++) error[part] = isMissing ? 0 : -error[part]!;
    if (!isMissing) {
      error[0]! += value;
      const row = count * width;
      table[row] = error[0]!;
      for (let part = 1; part < width; part++) table[row + part] = -error[part]!;
      count++;
    }
    advance(state, { place: at % season, error }, smoothing);
  }
  foretell(state, values.length % season, error);
  const found = residualsOf({ table, count, width }, error.subarray(1));
  if (found === null) return null;
  const { squares, leverage } = found;
  return { smoothing, next: error[0]! + found.predicted, squares, count, leverage };
}

/** The smoothing with the least sum of squares; null as `smoothSeries`. */
export function fitHoltWinters(values: ArrayLike<number>, season: number): SmoothedSeries | null {
  const at = (point: readonly number[]): SmoothedSeries | null => smoothSeries(values, season, smoothingAt(point));
  const price = (point: readonly number[]): number => at(point)?.squares ?? Number.POSITIVE_INFINITY;
  const starts = gridPoints()
    .map((point) => ({ point, squares: price(point) }))
    .filter(({ squares }) => squares < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.squares - b.squares);
  const found = starts.slice(0, searches).map(({ point }) => nelderMead(price, point));
  const [best] = found.sort((a, b) => a.price - b.price);
  return best === undefined ? null : at(best.point);
}

/** How many of the best points of the grid a search begins at. */
const searches = 2;

/** A point of the unit cube as a smoothing: the third is the share of 1 - α that γ is. */
function smoothingAt([level, trend, share]: readonly number[]): Smoothing {
  return { level: level!, trend: trend!, season: share! * (1 - level!) };
}

function gridPoints(): number[][] {
  return [0.05, 0.3, 0.6, 0.95].flatMap((level) =>
    [0, 0.1, 0.6].flatMap((trend) => [0, 0.1, 0.6].map((share) => [level, trend, share])),
  );
}

/** Level, trend, and all seasons but the last are numbers of the beginning; the last is what makes their sum nought. */
function beginning(season: number): State {
  const size = season + 2;
  const unit = (place: number): Float64Array => Float64Array.from({ length: size }, (_, at) => (at === place ? 1 : 0));
  const last = Float64Array.from({ length: size }, (_, at) => (at < 3 ? 0 : -1));
  const seasons = Array.from({ length: season }, (_, at) => (at === season - 1 ? last : unit(3 + at)));
  return { level: unit(1), trend: unit(2), seasons };
}

function foretell({ level, trend, seasons }: State, place: number, into: Float64Array): void {
  const season = seasons[place]!;
  for (let part = 0; part < into.length; part++) into[part] = level[part]! + trend[part]! + season[part]!;
}

function advance(
  { level, trend, seasons }: State,
  { place, error }: { readonly place: number; readonly error: Float64Array },
  smoothing: Smoothing,
): void {
  const season = seasons[place]!;
  const [ofLevel, ofTrend, ofSeason] = [smoothing.level, smoothing.level * smoothing.trend, smoothing.season];
  for (let part = 0; part < error.length; part++) {
    const wrong = error[part]!;
    level[part]! += trend[part]! + ofLevel * wrong;
    trend[part]! += ofTrend * wrong;
    season[part]! += ofSeason * wrong;
  }
}

interface Vertex {
  readonly point: readonly number[];
  readonly price: number;
}

const mostTurns = 200;
const smallestSimplex = 1e-5;
const firstStep = 0.12;

/** The least price in the unit cube from a start on; points outside are taken at its side. */
function nelderMead(price: (point: readonly number[]) => number, start: readonly number[]): Vertex {
  const vertex = (point: readonly number[]): Vertex => {
    const inside = point.map((part) => Math.min(1, Math.max(0, part)));
    return { point: inside, price: price(inside) };
  };
  const step = (part: number): number => (part + firstStep > 1 ? part - firstStep : part + firstStep);
  const simplex = [
    vertex(start),
    ...start.map((_, moved) => vertex(start.map((part, at) => (at === moved ? step(part) : part)))),
  ];
  const order = (): Vertex[] => simplex.sort((a, b) => a.price - b.price);
  for (let turn = 0; turn < mostTurns; turn++) {
    order();
    if (sizeOf(simplex) < smallestSimplex) break;
    const worst = simplex.at(-1)!;
    const centre = start.map(
      (_, at) => simplex.slice(0, -1).reduce((sum, { point }) => sum + point[at]!, 0) / start.length,
    );
    const towards = (far: number): Vertex => vertex(centre.map((part, at) => part + far * (part - worst.point[at]!)));
    const next = nextVertex(simplex, towards);
    if (next !== null) simplex[simplex.length - 1] = next;
    else shrink(simplex, vertex);
  }
  return order()[0]!;
}

/** What takes the place of the worst vertex; null where nothing tried is better than it. */
function nextVertex(simplex: readonly Vertex[], towards: (far: number) => Vertex): Vertex | null {
  const [best, worst] = [simplex[0]!, simplex.at(-1)!];
  const mirrored = towards(1);
  if (mirrored.price < best.price) {
    const farther = towards(2);
    return farther.price < mirrored.price ? farther : mirrored;
  }
  if (mirrored.price < simplex.at(-2)!.price) return mirrored;
  const nearer = mirrored.price < worst.price ? towards(0.5) : towards(-0.5);
  return nearer.price < Math.min(mirrored.price, worst.price) ? nearer : null;
}

function shrink(simplex: Vertex[], vertex: (point: readonly number[]) => Vertex): void {
  const best = simplex[0]!;
  for (let at = 1; at < simplex.length; at++)
    simplex[at] = vertex(simplex[at]!.point.map((part, place) => (part + best.point[place]!) / 2));
}

function sizeOf(simplex: readonly Vertex[]): number {
  const [best, ...others] = simplex;
  return Math.max(...others.flatMap(({ point }) => point.map((part, at) => Math.abs(part - best!.point[at]!))));
}
