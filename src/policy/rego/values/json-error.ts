/** Where and why a text is no JSON, in the words of Go's decoder: asked for after `JSON.parse` has refused. */

const SPACE = new Set([' ', '\t', '\n', '\r']);
const DIGIT = /[0-9]/;

class Scan {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): string | undefined {
    return this.text[this.at];
  }

  skipSpace(): void {
    while (SPACE.has(this.next() ?? '')) this.at += 1;
  }

  problem(what: string): string {
    const next = this.next();
    return next === undefined ? 'unexpected EOF' : `invalid character ${quoteCharacter(next)} ${what}`;
  }
}

function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  return `'${JSON.stringify(character)
    .slice(1, -1)
    .replace(String.raw`\"`, '"')}'`;
}

/** The first problem of a text; undefined when it is JSON. Nesting is followed without recursion. */
export function jsonError(text: string): string | undefined {
  const scan = new Scan(text);
  scan.skipSpace();
  if (scan.next() === undefined) return 'EOF';
  const open: string[] = [];
  for (;;) {
    const problem = scanValue(scan, open);
    if (problem !== undefined) return problem;
    const after = scanAfterValue(scan, open);
    if (after !== 'value') return after;
  }
}

/** Up to the end of a scalar, or into an object or array up to the first scalar in it. */
function scanValue(scan: Scan, open: string[]): string | undefined {
  for (;;) {
    scan.skipSpace();
    const next = scan.next();
    if (next === '{' || next === '[') {
      scan.at += 1;
      scan.skipSpace();
      if (scan.next() === (next === '{' ? '}' : ']')) {
        scan.at += 1;
        return undefined;
      }
      open.push(next);
      const problem = next === '{' ? scanKey(scan) : undefined;
      if (problem !== undefined) return problem;
    } else {
      return scanScalar(scan);
    }
  }
}

function scanScalar(scan: Scan): string | undefined {
  const next = scan.next();
  if (next === '"') return scanString(scan);
  if (next === '-' || (next !== undefined && DIGIT.test(next))) return scanNumber(scan);
  for (const word of ['true', 'false', 'null']) if (next === word[0]) return scanWord(scan, word);
  return scan.problem('looking for beginning of value');
}

function scanWord(scan: Scan, word: string): string | undefined {
  for (const expected of word) {
    if (scan.next() !== expected) return scan.problem(`in literal ${word} (expecting '${expected}')`);
    scan.at += 1;
  }
  return undefined;
}

function scanNumber(scan: Scan): string | undefined {
  if (scan.next() === '-') scan.at += 1;
  if (scan.next() === '0') scan.at += 1;
  else if (!skipDigits(scan)) return scan.problem('in numeric literal');
  if (scan.next() === '.') {
    scan.at += 1;
    if (!skipDigits(scan)) return scan.problem('after decimal point in numeric literal');
  }
  if (scan.next() === 'e' || scan.next() === 'E') {
    scan.at += 1;
    if (scan.next() === '+' || scan.next() === '-') scan.at += 1;
    if (!skipDigits(scan)) return scan.problem('in exponent of numeric literal');
  }
  return undefined;
}

function skipDigits(scan: Scan): boolean {
  const start = scan.at;
  while (DIGIT.test(scan.next() ?? '')) scan.at += 1;
  return scan.at > start;
}

function scanString(scan: Scan): string | undefined {
  for (scan.at += 1; scan.next() !== '"'; scan.at += 1) {
    const next = scan.next();
    if (next === undefined || next < ' ') return scan.problem('in string literal');
    const problem = next === '\\' ? scanEscape(scan) : undefined;
    if (problem !== undefined) return problem;
  }
  scan.at += 1;
  return undefined;
}

/** From the backslash to the last character of the escape. */
function scanEscape(scan: Scan): string | undefined {
  scan.at += 1;
  const next = scan.next();
  if (next === undefined || !'"\\/bfnrtu'.includes(next)) return scan.problem('in string escape code');
  if (next !== 'u') return undefined;
  for (let digit = 0; digit < 4; digit += 1) {
    scan.at += 1;
    if (!/[0-9a-fA-F]/.test(scan.next() ?? '')) return scan.problem(String.raw`in \u hexadecimal character escape`);
  }
  return undefined;
}

function scanKey(scan: Scan): string | undefined {
  scan.skipSpace();
  if (scan.next() !== '"') return scan.problem('looking for beginning of object key string');
  const problem = scanString(scan);
  if (problem !== undefined) return problem;
  scan.skipSpace();
  if (scan.next() !== ':') return scan.problem('after object key');
  scan.at += 1;
  return undefined;
}

/** Over closing brackets to the next value: 'value', the problem, or undefined at the end of the text. */
function scanAfterValue(scan: Scan, open: string[]): string | undefined {
  for (;;) {
    scan.skipSpace();
    const within = open.at(-1);
    if (within === undefined) return scan.next() === undefined ? undefined : scan.problem('after top-level value');
    const next = scan.next();
    if (next === ',') {
      scan.at += 1;
      return within === '{' ? (scanKey(scan) ?? 'value') : 'value';
    }
    if (next !== (within === '{' ? '}' : ']')) {
      return scan.problem(within === '{' ? 'after object key:value pair' : 'after array element');
    }
    scan.at += 1;
    open.pop();
  }
}
