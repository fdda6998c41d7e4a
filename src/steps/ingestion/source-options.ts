import { PlatformError } from '../../errors/index.ts';
import { quoteLiteral } from '../../tables/index.ts';
import type { SourceFile } from './files.ts';
import type { IngestionParams } from './plan.ts';

/** A declared source. */
export type Source = IngestionParams['sources'][string];

const optionName = /^[a-z_]{1,40}$/;

/** Options of a format as named arguments of its table function. @throws PlatformError INGESTION_BAD_OPTION */
export function optionsOf(options: Source['options']): string[] {
  return Object.entries(options).map(([name, value]) => {
    if (!optionName.test(name))
      throw new PlatformError('INGESTION_BAD_OPTION', {
        message: `expected an option of the format, found ${JSON.stringify(name)}`,
      });
    const written = Array.isArray(value)
      ? `[${value.map((item) => quoteLiteral(item)).join(', ')}]`
      : quoteLiteral(value);
    return `${name} = ${written}`;
  });
}

/** Files as a list of their paths, in which the engine sees no pattern. */
export function listOf(files: readonly { readonly path: SourceFile['path'] }[]): string {
  const paths = files.map(({ path }) => path.replace(/[*?[]/g, (one) => (one === '[' ? '[[]' : `[${one}]`)));
  return `[${paths.map((path) => quoteLiteral(path)).join(', ')}]`;
}
