/** Go's time layouts: texts in which the reference time, Mon Jan 2 15:04:05 MST 2006, shows where a part stands. */

export type ZoneShape = {
  /** `Z07:00`: `Z` stands for no offset. */
  readonly zulu: boolean;
  readonly colon: boolean;
  /** 1: hours alone; 2: minutes as well; 3: seconds as well. */
  readonly fields: 1 | 2 | 3;
};

/** `width`: the digits that are filled up, with zeros, or with spaces where `pad` is one. */
export type NumberPart = {
  readonly kind: 'monthNumber' | 'hour12' | 'minute' | 'second' | 'day' | 'dayOfYear';
  readonly width: 1 | 2 | 3;
  readonly pad: '0' | ' ';
};

/** `optional`: written with nines, trailing zeros are left out, and so is a fraction of zero. */
export type FractionPart = {
  readonly kind: 'fraction';
  readonly optional: boolean;
  readonly digits: number;
  readonly separator: string;
};

export type LayoutPart =
  | { readonly kind: 'month' | 'weekday'; readonly long: boolean }
  | NumberPart
  | FractionPart
  | { readonly kind: 'hour' | 'longYear' | 'shortYear' | 'zoneName' }
  | { readonly kind: 'half'; readonly lower: boolean }
  | { readonly kind: 'zone'; readonly shape: ZoneShape };

export type LayoutPiece = {
  /** Literal text before the part. */
  readonly prefix: string;
  /** Absent at the end. */
  readonly part?: LayoutPart;
  /** The part as the layout spells it. */
  readonly text: string;
};

const NAMED_LAYOUTS: ReadonlyMap<string, string> = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
]);

export const RFC3339 = '2006-01-02T15:04:05Z07:00';
export const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

/** What a name that OPA knows stands for; any other text is a layout itself. */
export function layoutNamed(name: string): string {
  return NAMED_LAYOUTS.get(name) ?? name;
}

function number(kind: NumberPart['kind'], width: NumberPart['width'], pad: NumberPart['pad']): LayoutPart {
  return { kind, width, pad };
}

function zone(zulu: boolean, colon: boolean, fields: 1 | 2 | 3): LayoutPart {
  return { kind: 'zone', shape: { zulu, colon, fields } };
}

/** In the order in which they are tried at each place; `word`: not before a lower case letter. */
const PARTS: readonly { readonly text: string; readonly part: LayoutPart; readonly word?: boolean }[] = [
  { text: 'January', part: { kind: 'month', long: true } },
  { text: 'Jan', part: { kind: 'month', long: false }, word: true },
  { text: 'Monday', part: { kind: 'weekday', long: true } },
  { text: 'Mon', part: { kind: 'weekday', long: false }, word: true },
  { text: 'MST', part: { kind: 'zoneName' } },
  { text: '002', part: number('dayOfYear', 3, '0') },
  { text: '01', part: number('monthNumber', 2, '0') },
  { text: '02', part: number('day', 2, '0') },
  { text: '03', part: number('hour12', 2, '0') },
  { text: '04', part: number('minute', 2, '0') },
  { text: '05', part: number('second', 2, '0') },
  { text: '06', part: { kind: 'shortYear' } },
  { text: '15', part: { kind: 'hour' } },
  { text: '1', part: number('monthNumber', 1, '0') },
  { text: '2006', part: { kind: 'longYear' } },
  { text: '2', part: number('day', 1, '0') },
  { text: '__2', part: number('dayOfYear', 3, ' ') },
  { text: '_2', part: number('day', 2, ' ') },
  { text: '3', part: number('hour12', 1, '0') },
  { text: '4', part: number('minute', 1, '0') },
  { text: '5', part: number('second', 1, '0') },
  { text: 'PM', part: { kind: 'half', lower: false } },
  { text: 'pm', part: { kind: 'half', lower: true } },
  { text: '-070000', part: zone(false, false, 3) },
  { text: '-07:00:00', part: zone(false, true, 3) },
  { text: '-0700', part: zone(false, false, 2) },
  { text: '-07:00', part: zone(false, true, 2) },
  { text: '-07', part: zone(false, false, 1) },
  { text: 'Z070000', part: zone(true, false, 3) },
  { text: 'Z07:00:00', part: zone(true, true, 3) },
  { text: 'Z0700', part: zone(true, false, 2) },
  { text: 'Z07:00', part: zone(true, true, 2) },
  { text: 'Z07', part: zone(true, false, 1) },
];

/** Cut into its parts; the last piece has none. */
export function parseLayout(layout: string): readonly LayoutPiece[] {
  const pieces: LayoutPiece[] = [];
  let start = 0;
  for (let index = 0; index < layout.length;) {
    const found = partAt(layout, index);
    if (found === undefined) {
      index += 1;
      continue;
    }
    pieces.push({ prefix: layout.slice(start, index), part: found.part, text: found.text });
    index += found.text.length;
    start = index;
  }
  pieces.push({ prefix: layout.slice(start), text: '' });
  return pieces;
}

function partAt(layout: string, index: number): { readonly text: string; readonly part: LayoutPart } | undefined {
  const first = layout[index];
  if (first === '.' || first === ',') return fractionAt(layout, index);
  // An underscore before a year is no padding of a day.
  if (layout.startsWith('_2006', index)) return undefined;
  return PARTS.find(
    ({ text, word }) =>
      layout.startsWith(text, index) && !(word === true && /[a-z]/u.test(layout[index + text.length] ?? '')),
  );
}

/** A separator and zeros or nines up to the end of the digits. */
function fractionAt(layout: string, index: number): { readonly text: string; readonly part: LayoutPart } | undefined {
  const text = /^[.,](?:0+|9+)(?![0-9])/u.exec(layout.slice(index))?.[0];
  if (text === undefined) return undefined;
  const part: FractionPart = {
    kind: 'fraction',
    optional: text[1] === '9',
    digits: text.length - 1,
    separator: text.charAt(0),
  };
  return { text, part };
}

export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];
