/**
 * The bytes of a text in standard base64 (RFC 4648, section 4); null for anything else: other characters, missing
 * padding, bits that no byte holds. Where `node:buffer` overlooks such things, two texts would stand for one content. Any
 * length.
 */
export function decodeBase64(text: string): Buffer | null {
  // What was overlooked is not there when the bytes are written again. A pattern would overflow the stack on long texts.
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
