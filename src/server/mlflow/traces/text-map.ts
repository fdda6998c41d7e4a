import type { Tag } from '../../../tracking/index.ts';
import { badValue, type Reader, text } from '../message.ts';

/** An object of texts. */
export const textMap: Reader<readonly Tag[]> = (value, path) => {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw badValue(`Invalid value for parameter '${path}' supplied: expected an object of texts.`);
  }
  return Object.entries(value).map(([key, one]) => ({ key, value: text(one, `${path}.${key}`) ?? '' }));
};
