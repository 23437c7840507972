/** Holds documents against JSON schemas, with OPA's words for what does not match. */
import { getOfObject } from '../values/access.ts';
import { countCodePoints } from '../values/code-points.ts';
import { sortedKeys } from '../values/compare.ts';
import { equal } from '../values/equal.ts';
import { formatJson } from '../values/json.ts';
import { mapKey } from '../values/key.ts';
import { bigIntegerOf, compareNumbers, decimalOf } from '../values/number.ts';
import {
  isArray,
  isNumber,
  isPlainObject,
  type PlainObject,
  type RegoNumber,
  type RegoValue,
} from '../values/value.ts';
import { formatFloat } from './go-float.ts';
import { isOfFormat } from './schema-format.ts';
import type { SchemaNode } from './schema-node.ts';

/** One thing that does not match; the members are those of OPA's results. */
export type Mismatch = {
  readonly type: string;
  readonly field: string;
  readonly desc: string;
  readonly error: string;
};

/** A step into the document; the root has none before it. */
type Path = { readonly step: string; readonly before: Path | undefined };

const ROOT: Path = { step: '(Root)', before: undefined };

/** Schemas that refer to themselves without going on in the document would never end; nor does anyone nest this deep. */
const MAX_DEPTH = 1000;

/** Parts of schemas that are held against parts of the document: schemas that name each other twice double them. */
const MAX_STEPS = 4_000_000;

/** What of several schemas came nearest is told by the score: it grows with every part that was gone through. */
class Outcome {
  readonly mismatches: Mismatch[] = [];
  score = 0;

  get matches(): boolean {
    return this.mismatches.length === 0;
  }

  miss(path: Path, type: string, describe: string | ((field: string) => string)): void {
    const field = fieldOf(path);
    const desc = typeof describe === 'string' ? describe : describe(field);
    this.mismatches.push({ type, field, desc, error: `${field}: ${desc}` });
    this.score -= 2;
  }

  merge(other: Outcome): void {
    this.mismatches.push(...other.mismatches);
    this.score += other.score;
  }
}

function fieldOf(path: Path): string {
  if (path.before === undefined) return path.step;
  return path.before.before === undefined ? path.step : `${fieldOf(path.before)}.${path.step}`;
}

/** All mismatches; undefined when both go on within each other without end, or nearly so. */
export function matchSchema(schema: SchemaNode, document: RegoValue): readonly Mismatch[] | undefined {
  const matcher = new Matcher();
  const { mismatches } = matcher.outcome(schema, document, ROOT);
  return matcher.isEndless ? undefined : mismatches;
}

class Matcher {
  #depth = 0;
  #steps = 0;
  isEndless = false;

  outcome(schema: SchemaNode, value: RegoValue, path: Path): Outcome {
    const outcome = new Outcome();
    this.#match(schema, value, path, outcome);
    return outcome;
  }

  #match(schema: SchemaNode, value: RegoValue, path: Path, outcome: Outcome): void {
    if (schema.always === false) outcome.miss(path, 'false', 'False always fails validation');
    if (schema.always !== undefined || this.isEndless) return;
    this.#depth += 1;
    this.#steps += 1;
    if (this.#depth > MAX_DEPTH || this.#steps > MAX_STEPS) this.isEndless = true;
    else if (schema.reference !== undefined) this.#match(schema.reference, value, path, outcome);
    else this.#matchOwn(schema, value, path, outcome);
    this.#depth -= 1;
  }

  #matchOwn(schema: SchemaNode, value: RegoValue, path: Path, outcome: Outcome): void {
    const { types } = schema;
    if (types !== undefined && !isOfType(value, types)) {
      const expected = types.length === 1 ? types.join('') : `[${types.join(',')}]`;
      outcome.miss(path, 'invalid_type', `Invalid type. Expected: ${expected}, given: ${typeNameOf(value)}`);
      return;
    }
    this.#matchCombinations(schema, value, path, outcome);
    if (isArray(value)) this.#matchArray(schema, value, path, outcome);
    else if (isPlainObject(value)) this.#matchObject(schema, value, path, outcome);
    else if (isNumber(value)) matchNumber(schema, value, path, outcome);
    matchValue(schema, value, path, outcome);
    if (typeof value === 'string') matchString(schema, value, path, outcome);
    if (isPlainObject(value)) this.#matchProperties(schema, value, path, outcome);
    outcome.score += 1;
  }

  #matchProperties(schema: SchemaNode, value: PlainObject, path: Path, outcome: Outcome): void {
    for (const [name, child] of schema.properties ?? []) {
      const member = getOfObject(value, name);
      if (member !== undefined) this.#match(child, member, { step: name, before: path }, outcome);
    }
  }

  #matchCombinations(schema: SchemaNode, value: RegoValue, path: Path, outcome: Outcome): void {
    const { anyOf, oneOf, allOf, not } = schema;
    if (anyOf !== undefined && anyOf.length > 0) this.#matchAny(anyOf, value, path, outcome);
    if (oneOf !== undefined && oneOf.length > 0) this.#matchOne(oneOf, value, path, outcome);
    if (allOf !== undefined && allOf.length > 0) this.#matchAll(allOf, value, path, outcome);
    if (not !== undefined && this.outcome(not, value, path).matches) {
      outcome.miss(path, 'number_not', 'Must not validate the schema (not)');
    }
    if (schema.dependencies !== undefined && isPlainObject(value))
      this.#matchDependencies(schema, value, path, outcome);
    if (schema.condition !== undefined) this.#matchCondition(schema, schema.condition, value, path, outcome);
    outcome.score += 1;
  }

  #matchAny(schemas: readonly SchemaNode[], value: RegoValue, path: Path, outcome: Outcome): void {
    let best: Outcome | undefined;
    for (const schema of schemas) {
      const tried = this.outcome(schema, value, path);
      if (tried.matches) return;
      if (best === undefined || tried.score > best.score) best = tried;
    }
    outcome.miss(path, 'number_any_of', 'Must validate at least one schema (anyOf)');
    if (best !== undefined) outcome.merge(best);
  }

  #matchOne(schemas: readonly SchemaNode[], value: RegoValue, path: Path, outcome: Outcome): void {
    let best: Outcome | undefined;
    let matching = 0;
    for (const schema of schemas) {
      const tried = this.outcome(schema, value, path);
      if (tried.matches) matching += 1;
      else if (matching === 0 && (best === undefined || tried.score > best.score)) best = tried;
    }
    if (matching === 1) return;
    outcome.miss(path, 'number_one_of', 'Must validate one and only one schema (oneOf)');
    if (matching === 0 && best !== undefined) outcome.merge(best);
  }

  #matchAll(schemas: readonly SchemaNode[], value: RegoValue, path: Path, outcome: Outcome): void {
    let isMatching = true;
    for (const schema of schemas) {
      const tried = this.outcome(schema, value, path);
      isMatching &&= tried.matches;
      outcome.merge(tried);
    }
    if (!isMatching) outcome.miss(path, 'number_all_of', 'Must validate all the schemas (allOf)');
  }

  #matchDependencies({ dependencies }: SchemaNode, value: PlainObject, path: Path, outcome: Outcome): void {
    for (const name of sortedKeys(value) as readonly string[]) {
      const dependency = dependencies?.get(name);
      if (dependency === undefined) continue;
      if (!isNameList(dependency)) {
        this.#match(dependency, value, path, outcome);
        continue;
      }
      for (const other of dependency) {
        if (!Object.hasOwn(value, other)) outcome.miss(path, 'missing_dependency', `Has a dependency on ${other}`);
      }
    }
  }

  #matchCondition(schema: SchemaNode, condition: SchemaNode, value: RegoValue, path: Path, outcome: Outcome): void {
    const holds = this.outcome(condition, value, path).matches;
    const consequence = holds ? schema.consequence : schema.alternative;
    const tried = consequence === undefined ? undefined : this.outcome(consequence, value, path);
    if (tried === undefined || tried.matches) return;
    if (holds) outcome.miss(path, 'condition_then', 'Must validate "then" as "if" was valid');
    else outcome.miss(path, 'condition_else', 'Must validate "else" as "if" was not valid');
    outcome.merge(tried);
  }

  #matchArray(schema: SchemaNode, value: readonly RegoValue[], path: Path, outcome: Outcome): void {
    this.#matchItems(schema, value, path, outcome);
    const { minItems, maxItems, contains } = schema;
    if (minItems !== undefined && value.length < minItems) {
      outcome.miss(path, 'array_min_items', `Array must have at least ${minItems} items`);
    }
    if (maxItems !== undefined && value.length > maxItems) {
      outcome.miss(path, 'array_max_items', `Array must have at most ${maxItems} items`);
    }
    if (schema.uniqueItems === true) matchUnique(value, path, outcome);
    if (contains !== undefined) this.#matchContains(contains, value, path, outcome);
    outcome.score += 1;
  }

  #matchItems({ items, additionalItems }: SchemaNode, value: readonly RegoValue[], path: Path, outcome: Outcome): void {
    if (items === undefined) return;
    const isSame = !isSchemaList(items);
    for (const [index, element] of value.entries()) {
      const schema = isSame ? items : (items[index] ?? (items.length > 0 ? additionalItems : undefined));
      if (schema === undefined || schema === true) continue;
      if (schema === false) {
        outcome.miss(path, 'array_no_additional_items', 'No additional items allowed on array');
        return;
      }
      outcome.merge(this.outcome(schema, element, { step: String(index), before: path }));
    }
  }

  #matchContains(contains: SchemaNode, value: readonly RegoValue[], path: Path, outcome: Outcome): void {
    let best: Outcome | undefined;
    for (const [index, element] of value.entries()) {
      const tried = this.outcome(contains, element, { step: String(index), before: path });
      if (tried.matches) return;
      if (best === undefined || tried.score > best.score) best = tried;
    }
    outcome.miss(path, 'contains', 'At least one of the items must match');
    if (best !== undefined) outcome.merge(best);
  }

  #matchObject(schema: SchemaNode, value: PlainObject, path: Path, outcome: Outcome): void {
    const { minProperties, maxProperties, propertyNames } = schema;
    const names = sortedKeys(value) as readonly string[];
    if (minProperties !== undefined && names.length < minProperties) {
      outcome.miss(path, 'array_min_properties', `Must have at least ${minProperties} properties`);
    }
    if (maxProperties !== undefined && names.length > maxProperties) {
      outcome.miss(path, 'array_max_properties', `Must have at most ${maxProperties} properties`);
    }
    for (const name of schema.required ?? []) {
      if (Object.hasOwn(value, name)) outcome.score += 1;
      else outcome.miss(path, 'required', `${name} is required`);
    }
    if (schema.patternProperties !== undefined || schema.additionalProperties !== undefined) {
      for (const name of names) this.#matchFurther(schema, name, value[name] as RegoValue, path, outcome);
    }
    if (propertyNames !== undefined) {
      for (const name of names) this.#matchName(propertyNames, name, path, outcome);
    }
    outcome.score += 1;
  }

  /** By the patterns of names; what neither a name nor a pattern describes is an additional property. */
  #matchFurther(schema: SchemaNode, name: string, member: RegoValue, path: Path, outcome: Outcome): void {
    let isDescribed = false;
    for (const { pattern, schema: child } of schema.patternProperties ?? []) {
      if (!pattern.test(name)) continue;
      isDescribed = true;
      outcome.merge(this.outcome(child, member, { step: name, before: path }));
    }
    if (isDescribed) outcome.score += 1;
    const additional = schema.additionalProperties;
    if (isDescribed || additional === undefined || schema.properties?.has(name) === true) return;
    if (additional === false) {
      outcome.miss(path, 'additional_property_not_allowed', `Additional property ${name} is not allowed`);
    } else if (additional !== true) {
      outcome.merge(this.outcome(additional, member, { step: name, before: path }));
    }
  }

  #matchName(schema: SchemaNode, name: string, path: Path, outcome: Outcome): void {
    const tried = this.outcome(schema, name, path);
    if (tried.matches) return;
    outcome.miss(path, 'invalid_property_name', `Property name of "${name}" does not match`);
    outcome.merge(tried);
  }
}

function isNameList(dependency: readonly string[] | SchemaNode): dependency is readonly string[] {
  return Array.isArray(dependency);
}

function isSchemaList(items: readonly SchemaNode[] | SchemaNode): items is readonly SchemaNode[] {
  return Array.isArray(items);
}

function typeNameOf(value: RegoValue): string {
  if (value === null) return 'null';
  if (isNumber(value)) return bigIntegerOf(value) === undefined ? 'number' : 'integer';
  if (isArray(value)) return 'array';
  return typeof value;
}

function isOfType(value: RegoValue, types: readonly string[]): boolean {
  const name = typeNameOf(value);
  return types.includes(name) || (name === 'integer' && types.includes('number'));
}

function matchValue(
  { constant, enumeration, format }: SchemaNode,
  value: RegoValue,
  path: Path,
  outcome: Outcome,
): void {
  if (constant !== undefined && !equal(constant.value, value)) {
    outcome.miss(path, 'const', (field) => `${field} does not match: ${formatJson(constant.value)}`);
  }
  if (enumeration !== undefined && !enumeration.some((allowed) => equal(allowed, value))) {
    const allowed = enumeration.map((element) => formatJson(element)).join(', ');
    outcome.miss(path, 'enum', (field) => `${field} must be one of the following: ${allowed}`);
  }
  if (format !== undefined && typeof value === 'string' && !isOfFormat(format, value)) {
    outcome.miss(path, 'format', `Does not match format '${format}'`);
  }
  outcome.score += 1;
}

/** Each with the last one that was equal to it. */
function matchUnique(value: readonly RegoValue[], path: Path, outcome: Outcome): void {
  const seen = new Map<unknown, number>();
  for (const [index, element] of value.entries()) {
    const before = seen.get(mapKey(element));
    if (before !== undefined) outcome.miss(path, 'unique', `array items[${before},${index}] must be unique`);
    seen.set(mapKey(element), index);
  }
}

function matchString({ minLength, maxLength, pattern }: SchemaNode, value: string, path: Path, outcome: Outcome): void {
  if (minLength !== undefined && countCodePoints(value) < minLength) {
    outcome.miss(path, 'string_gte', `String length must be greater than or equal to ${minLength}`);
  }
  if (maxLength !== undefined && countCodePoints(value) > maxLength) {
    outcome.miss(path, 'string_lte', `String length must be less than or equal to ${maxLength}`);
  }
  if (pattern !== undefined && !pattern.regex.test(value)) {
    outcome.miss(path, 'pattern', `Does not match pattern '${pattern.text}'`);
  }
  outcome.score += 1;
}

function matchNumber(schema: SchemaNode, value: RegoNumber, path: Path, outcome: Outcome): void {
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    outcome.miss(path, 'multiple_of', `Must be a multiple of ${tenDigits(multipleOf)}`);
  }
  if (maximum !== undefined && compareNumbers(value, maximum) > 0) {
    outcome.miss(path, 'number_lte', `Must be less than or equal to ${tenDigits(maximum)}`);
  }
  if (exclusiveMaximum !== undefined && compareNumbers(value, exclusiveMaximum) >= 0) {
    outcome.miss(path, 'number_lt', `Must be less than ${tenDigits(exclusiveMaximum)}`);
  }
  if (minimum !== undefined && compareNumbers(value, minimum) < 0) {
    outcome.miss(path, 'number_gte', `Must be greater than or equal to ${tenDigits(minimum)}`);
  }
  if (exclusiveMinimum !== undefined && compareNumbers(value, exclusiveMinimum) <= 0) {
    outcome.miss(path, 'number_gt', `Must be greater than ${tenDigits(exclusiveMinimum)}`);
  }
  outcome.score += 1;
}

function isMultiple(value: RegoNumber, divisor: RegoNumber): boolean {
  const [a, b] = [decimalOf(value), decimalOf(divisor)];
  const shift = a.exponent - b.exponent;
  const dividend = shift > 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  return dividend % (shift < 0 ? b.coefficient * 10n ** BigInt(-shift) : b.coefficient) === 0n;
}

/** As Go prints its floats of any size. */
function tenDigits(number: RegoNumber): string {
  const { coefficient, exponent } = decimalOf(number);
  const double = Number(`${coefficient}e${exponent}`);
  const text = formatFloat(Math.abs(double), 'g', -1);
  const short = text.replace(/e.*$/u, '').replace('.', '').length > 10 ? formatFloat(Math.abs(double), 'g', 10) : text;
  return (double < 0 ? '-' : '') + short;
}
