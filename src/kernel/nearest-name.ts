/** The known name that a misspelt one most likely meant: what turns "unknown field" into a fix. */

/** Longer than any name that is known anywhere; what is cut off of a hostile text costs nothing. */
const MAX_CHARACTERS = 64;

/** At most a third of the letters may differ (and two always may), else a suggestion would only mislead. */
export function nearestName(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  const meant = wrong.slice(0, MAX_CHARACTERS).toLowerCase();
  let least = Math.max(2, Math.floor(meant.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(meant, name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, or `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const left = (current[column - 1] ?? limit) + 1;
      current.push(Math.min(left, (previous[column] ?? limit) + 1, (previous[column - 1] ?? limit) + same));
    }
    previous = current;
  }
  return Math.min(limit, previous[b.length] ?? limit);
}
