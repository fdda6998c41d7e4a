import { codePointCount, lowerText, trimText, wordsOf } from '../text/text.ts';
import { int64, type Kernel, text, textsOf, validOf } from './kernel.ts';

function mapText(map: (value: string) => string): Kernel {
  return (inputs, rowCount) => {
    const values = textsOf(inputs[0]!);
    const out: (string | null)[] = new Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const value = values[i]!;
      out[i] = value === null ? null : map(value);
    }
    return text(out);
  };
}

function countText(count: (value: string) => number): Kernel {
  return (inputs, rowCount) => {
    const values = textsOf(inputs[0]!);
    const out = new Float64Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const value = values[i]!;
      if (value !== null) out[i] = count(value);
    }
    return int64(out, validOf(inputs[0]!));
  };
}

/** Lower case; missing stays. */
export const lowerKernel = mapText(lowerText);
/** Without white space at the ends; missing stays. */
export const trimKernel = mapText(trimText);
/** The number of code points; missing stays. */
export const lengthKernel = countText(codePointCount);
/** The number of words; missing stays. */
export const tokenCountKernel = countText((value) => wordsOf(value).length);
