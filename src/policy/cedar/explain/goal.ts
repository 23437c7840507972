/** What a value would have to be for a condition to hold: in words, and as samples that can be tried. */
import { describeValue } from '../emit/describe-value.ts';
import { Datetime } from '../extensions/datetime.ts';
import { Decimal } from '../extensions/decimal.ts';
import { Duration } from '../extensions/duration.ts';
import { IpAddress } from '../extensions/ip-address.ts';
import { addLongs, isLong } from '../long.ts';
import { CedarRecord, CedarSet, Entity, type EntityType, equal, type Value } from '../value.ts';

export type Relation = '==' | '<' | '<=' | '>' | '>=';

export type Goal =
  /** What arithmetic can be turned around for. */
  | { readonly kind: 'relation'; readonly relation: Relation; readonly bound: Value }
  /**
   * `phrase` continues the name of the thing. One of the samples must do; an array of samples does when each of it
   * does, where the phrase leaves open which it is.
   */
  | {
      readonly kind: 'sample';
      readonly phrase: string;
      readonly samples: (current: Value | undefined) => Iterable<Value | readonly Value[]>;
    };

export const MIRRORED: Readonly<Record<Relation, Relation>> = {
  '==': '==',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export const COMPLEMENT: { readonly [R in Exclude<Relation, '=='>]: Exclude<Relation, '=='> } = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

export function relation(name: Relation, bound: Value): Goal {
  return { kind: 'relation', relation: name, bound };
}

export function being(value: Value): Goal {
  return relation('==', value);
}

const WORDS: Readonly<Record<Relation, readonly [ofNumbers: string, ofTimes: string]>> = {
  '==': ['being', 'being'],
  '<': ['below', 'before'],
  '<=': ['at most', 'not after'],
  '>': ['above', 'after'],
  '>=': ['at least', 'not before'],
};

/** Such as "at most `100`". */
export function phraseOf(goal: Goal): string {
  if (goal.kind === 'sample') return goal.phrase;
  const [ofNumbers, ofTimes] = WORDS[goal.relation];
  return `${goal.bound instanceof Datetime ? ofTimes : ofNumbers} \`${describeValue(goal.bound)}\``;
}

export function samplesOf(goal: Goal, current: Value | undefined): Iterable<Value | readonly Value[]> {
  if (goal.kind === 'sample') return goal.samples(current);
  if (goal.relation === '==' || goal.relation === '<=' || goal.relation === '>=') return [goal.bound];
  const next = nextTo(goal.bound, goal.relation === '<' ? -1 : 1);
  return next === undefined ? [] : [next];
}

/** The nearest value of the same kind; undefined beyond 64 bits and for what has no order. */
function nextTo(value: Value, step: number): Value | undefined {
  if (isLong(value)) return addLongs(value, step);
  if (value instanceof Decimal) {
    const scaled = addLongs(value.scaled, step);
    return scaled === undefined ? undefined : Decimal.of(scaled);
  }
  if (!(value instanceof Datetime || value instanceof Duration)) return undefined;
  const milliseconds = addLongs(value.milliseconds, step);
  if (milliseconds === undefined) return undefined;
  return value instanceof Datetime ? Datetime.of(milliseconds) : Duration.of(milliseconds);
}

/** Below any ordinal that a resolved request gives to its strangers. */
const NOBODY = -(2 ** 31);

/** More are not tried to find a value that is not among many. */
const MAX_SAMPLES = 100;

/** Two values like the first that are none of them, or one where there is no second; nothing for records. */
export function otherThan(values: readonly Value[]): Goal {
  const [first] = values;
  const shown = values.length === 1 && first !== undefined ? first : CedarSet.of(values);
  const samples = (): Iterable<readonly Value[]> => {
    const found = first === undefined ? [] : samplesLike(first, values);
    return found.length === 0 ? [] : [found];
  };
  const words = values.length === 1 ? 'other than' : 'being none of';
  return { kind: 'sample', phrase: `${words} \`${describeValue(shown)}\``, samples };
}

function samplesLike(value: Value, excluded: readonly Value[]): readonly Value[] {
  const found: Value[] = [];
  for (let step = 0; found.length < 2 && step < MAX_SAMPLES; step += 1) {
    const sample = sampleLike(value, step);
    if (sample === undefined) break;
    if (!excluded.some((other) => equal(other, sample))) found.push(sample);
  }
  return found;
}

/** Different for each step. */
function sampleLike(value: Value, step: number): Value | undefined {
  if (typeof value === 'boolean') return step < 2 ? step === 1 : undefined;
  if (typeof value === 'string') return '-'.repeat(step);
  if (isLong(value)) return step;
  if (value instanceof Entity) {
    const id = '-'.repeat(step);
    return value.type.entities.get(id) ?? new Entity(value.type, id, NOBODY + step);
  }
  if (value instanceof CedarSet) return CedarSet.of(Array.from({ length: step }, (_, index) => index));
  if (value instanceof CedarRecord) return undefined;
  if (value instanceof Decimal) return Decimal.of(step);
  if (value instanceof Datetime) return Datetime.of(step);
  return value instanceof Duration ? Duration.of(step) : IpAddress.parse(`192.0.2.${step % 256}`);
}

/**
 * For an attribute that must be there, whatever it is: two values of each kind, both of which must do. What compares
 * it is another condition, and says so.
 */
export function present(type: EntityType): Goal {
  const samples = (): Iterable<readonly Value[]> => [
    [true, false],
    [-7_919, 104_729],
    ['', '\u{fffd}'],
    [CedarSet.EMPTY, CedarSet.of([''])],
    [new Entity(type, '\u{fffd}', NOBODY), new Entity(type, '\u{fffd}\u{fffd}', NOBODY + 1)],
    [CedarRecord.EMPTY],
    [Datetime.of(0), Datetime.of(4_102_444_800_000)],
    [Duration.of(-7_919), Duration.of(104_729)],
    [Decimal.of(-7_919), Decimal.of(104_729)],
    addresses('192.0.2.1', '2001:db8::1'),
  ];
  return { kind: 'sample', phrase: 'present', samples };
}

/** Of addresses: those of the texts that are well formed, which all of this area's are. */
export function addresses(...texts: readonly string[]): readonly IpAddress[] {
  return texts.map((text) => IpAddress.parse(text)).filter((address) => address !== undefined);
}
