import { PlatformError, toPlatformError } from '../../errors/index.ts';
import { infiniteTimeMark, integerTooLargeMark } from './column-types.ts';

const firstLines = 6;

/** The error of work that was canceled. */
export function canceled(): PlatformError {
  return toPlatformError(Object.assign(new Error('canceled'), { name: 'AbortError' }));
}

/** An error of DuckDB in the product's words: which column, file and line, without the engine's own stack. */
export function toTableError(thrown: unknown, sql: string, signal?: AbortSignal): PlatformError {
  if (thrown instanceof PlatformError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (signal?.aborted === true || /^INTERRUPT/i.test(text)) return canceled();
  const marked = markedError(text);
  if (marked !== null) return marked;
  const message = shorten(text);
  if (/No space left on device/i.test(text)) return new PlatformError('TABLE_DISK_FULL', { message, cause: thrown });
  if (/^Out of Memory/i.test(text)) return new PlatformError('TABLE_OUT_OF_MEMORY', { message, cause: thrown });
  if (/^Permission Error/i.test(text)) {
    const path = /"([^"]+)"/.exec(text)?.[1];
    return new PlatformError('TABLE_FILE_NOT_ALLOWED', {
      message: `a query may read the declared sources alone, found ${path ?? 'another file'}`,
      cause: thrown,
    });
  }
  return fileError(text, thrown) ?? otherError(text, { message, sql, thrown });
}

function otherError(
  text: string,
  given: { readonly message: string; readonly sql: string; readonly thrown: unknown },
): PlatformError {
  const { message, sql, thrown } = given;
  if (/^(IO|Invalid Input) Error/i.test(text))
    return new PlatformError('TABLE_FILE_UNREADABLE', { message, cause: thrown });
  return new PlatformError('TABLE_QUERY_FAILED', { message, details: { sql: sql.slice(0, 2000) }, cause: thrown });
}

function shorten(text: string): string {
  return text.replace(/\n\n+/g, '\n').split('\n').slice(0, firstLines).join('\n').trim();
}

/** Values that a batch cannot hold; the reading query marks them with the name of their column. */
function markedError(text: string): PlatformError | null {
  const found = new RegExp(`(${integerTooLargeMark}|${infiniteTimeMark}):(.*)`).exec(text);
  if (found === null) return null;
  const column = found[2]!.trim();
  return found[1] === integerTooLargeMark
    ? new PlatformError('TABLE_INTEGER_TOO_LARGE', {
        message: `column ${column} holds a whole number beyond ±2^53, which a feature cannot hold exactly`,
        details: { column },
      })
    : new PlatformError('TABLE_INFINITE_TIME', {
        message: `column ${column} holds an infinite date or time`,
        details: { column },
      });
}

/** A file that cannot be read at a known place. */
function fileError(text: string, cause: unknown): PlatformError | null {
  const csv = /CSV Error on Line: (\d+)/.exec(text);
  if (csv !== null) {
    const file = /^\s*file = (.+)$/m.exec(text)?.[1]?.trim();
    const column = /(?:converting column|Column) "([^"]+)"/.exec(text)?.[1];
    // The line that is quoted before the reason may itself be several.
    const reason = /^(?:Expected Number of Columns: |Value with unterminated quote).*$/m.exec(text)?.[0];
    const said = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(1)
      .find((line) => !/^(Original Line|\s|Possible|\* |Column )/.test(line));
    return unreadable({ file, line: Number(csv[1]), column, said: reason ?? said ?? 'the line cannot be read' }, cause);
  }
  const sniffed = /Error when sniffing file "([^"]+)"/.exec(text)?.[1];
  if (sniffed !== undefined)
    return new PlatformError('TABLE_FILE_UNREADABLE', {
      message: `${sniffed}: the rows do not have the form of the declared CSV: a quote that is not closed, or rows of different length`,
      details: { file: sniffed, line: null, column: null },
      cause,
    });
  const json = /in file "([^"]+)",? at byte (\d+) in (?:line|record\/value) (\d+): (.*)/.exec(text);
  if (json === null) return null;
  const said = `at byte ${json[2]}: ${json[4]!.trim()}`;
  return unreadable({ file: json[1], line: Number(json[3]), column: undefined, said }, cause);
}

function unreadable(
  place: {
    readonly file: string | undefined;
    readonly line: number;
    readonly column: string | undefined;
    readonly said: string;
  },
  cause: unknown,
): PlatformError {
  const { file, line, column, said } = place;
  const where = [file, `line ${line}`, ...(column === undefined ? [] : [`column ${column}`])]
    .filter(Boolean)
    .join(', ');
  return new PlatformError('TABLE_FILE_UNREADABLE', {
    message: `${where}: ${said}`,
    details: { file: file ?? null, line, column: column ?? null },
    cause,
  });
}
