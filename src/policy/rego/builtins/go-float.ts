/** Doubles as text in the formats of Go's `strconv`: `e`, `f`, `g`, `b` and `x`. */

/** `0.d1d2d3… × 10^point`, with as many digits as asked for. */
type Digits = { readonly digits: string; readonly point: number };

/** Exactly what the double is. */
function exactDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = binaryParts(value);
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = whole.toString();
  return { digits: text.replace(/0+$/, ''), point: text.length + Math.min(exponent, 0) };
}

/** Of a finite positive double: `mantissa × 2^exponent`. */
function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** The fewest digits that read back as the double. */
function shortestDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(power) + 1 };
}

/** To `count` digits, to nearest and halves to even. */
function roundDigits({ digits, point }: Digits, count: number): Digits {
  if (count < 0) return { digits: '', point };
  if (digits.length <= count) return { digits, point };
  const next = digits.charCodeAt(count) - 0x30;
  const isHalf = next === 5 && count + 1 === digits.length;
  const isOdd = count > 0 && (digits.charCodeAt(count - 1) - 0x30) % 2 === 1;
  const kept = digits.slice(0, count);
  if (next < 5 || (isHalf && !isOdd)) return { digits: kept, point };
  const up = (BigInt(`0${kept}`) + 1n).toString().padStart(count, '0');
  return { digits: up, point: point + up.length - count };
}

export type FloatVerb = 'e' | 'f' | 'g';

/** A finite number that is not negative; precision -1 is the shortest text that reads back. */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  const shortest = precision < 0;
  const digits = shortest ? shortestDigits(value) : exactDigits(value);
  switch (verb) {
    case 'e':
      return withExponent(
        shortest ? digits : roundDigits(digits, precision + 1),
        shortest ? digits.digits.length - 1 : precision,
      );
    case 'f':
      return withoutExponent(
        shortest ? digits : roundDigits(digits, digits.point + precision),
        shortest ? Math.max(digits.digits.length - digits.point, 0) : precision,
      );
    case 'g':
      return formatGeneral(shortest ? digits : roundDigits(digits, Math.max(precision, 1)), shortest, precision);
  }
}

/** Without trailing zeros, and with an exponent where the number is longer than the precision. */
function formatGeneral(rounded: Digits, shortest: boolean, precision: number): string {
  const digits = { digits: rounded.digits.replace(/0+$/, ''), point: rounded.point };
  const count = digits.digits.length;
  const wanted = Math.max(precision, 1);
  const limit = wanted > count && count >= digits.point ? count : wanted;
  const exponent = digits.point - 1;
  if (exponent < -4 || exponent >= (shortest ? 6 : limit)) return withExponent(digits, Math.max(count, 1) - 1);
  return withoutExponent(digits, Math.max(count - digits.point, 0));
}

function withExponent({ digits, point }: Digits, precision: number): string {
  const exponent = digits === '' ? 0 : point - 1;
  const first = digits.charAt(0) || '0';
  const rest = precision > 0 ? `.${digits.slice(1).padEnd(precision, '0').slice(0, precision)}` : '';
  const power = Math.abs(exponent).toString().padStart(2, '0');
  return `${first}${rest}e${exponent < 0 ? '-' : '+'}${power}`;
}

function withoutExponent({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(Math.min(-point, precision)) + digits;
  return `${whole}.${fraction.padEnd(precision, '0').slice(0, precision)}`;
}

/** With a power of two for exponent: `b` has a decimal integer before it, `x` a hexadecimal fraction. */
export function formatFloatBase2(value: number, verb: 'b' | 'x', precision: number): string {
  const parts = binaryParts(value);
  if (verb === 'b') return `${parts.mantissa}p${parts.exponent < 0 ? '' : '+'}${parts.exponent}`;
  if (value === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  let { mantissa, exponent } = parts;
  while (mantissa < 0x10000000000000n) {
    mantissa <<= 1n;
    exponent -= 1;
  }
  if (precision >= 0 && precision < 13) mantissa = roundHalfEven(mantissa, BigInt(52 - precision * 4));
  if (mantissa >= 0x20000000000000n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  const fraction = (mantissa & 0xfffffffffffffn).toString(16).padStart(13, '0');
  const digits = precision < 0 ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  const power = exponent + 52;
  const sign = power < 0 ? '-' : '+';
  return `0x1${digits === '' ? '' : '.'}${digits}p${sign}${Math.abs(power).toString().padStart(2, '0')}`;
}

/** The integer with its last `bits` bits zero. */
function roundHalfEven(integer: bigint, bits: bigint): bigint {
  const half = 1n << (bits - 1n);
  const kept = integer >> bits;
  const rest = integer - (kept << bits);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return (up ? kept + 1n : kept) << bits;
}
