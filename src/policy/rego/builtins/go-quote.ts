/** Text in quotes as Go's `time` package writes it: every byte that is not printable ASCII as `\xNN`. */

export function quoteBytes(text: string): string {
  let quoted = '"';
  for (const character of text) {
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (character >= ' ' && character < '\u0080') quoted += character;
    else {
      for (const byte of new TextEncoder().encode(character)) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    }
  }
  return `${quoted}"`;
}
