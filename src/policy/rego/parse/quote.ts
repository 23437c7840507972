/** The user's text in a message: in backticks, short, on one line. */

const MAX_QUOTED = 60;

export function quote(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `<U+${code}>`;
  });
  const characters =
    line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED).replace(/[\ud800-\udbff]$/u, '')}…`;
  return `\`${characters.replaceAll('`', "'")}\``;
}
