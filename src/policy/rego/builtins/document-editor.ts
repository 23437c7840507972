/** A document under edits at paths: what an edit touches is copied once, and edited in place from then on. */
import { entriesOf, get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { bigIntegerOf } from '../values/number.ts';
import { makeObject, setProperty } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import { toText } from '../values/text.ts';
import { isArray, isNumber, isObject, isPlainObject, RegoSet, type RegoValue } from '../values/value.ts';
import type { JsonPath } from './json-path.ts';

/** Why an edit cannot be made, in OPA's words. */
export class EditError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

type OwnObject = { [key: string]: RegoValue };

/** What takes the place of a container after an edit in it. */
type Edit = (container: RegoValue, key: RegoValue) => RegoValue | EditError;

export class DocumentEditor {
  #root: RegoValue | undefined;
  /** The copies that nobody else sees: arrays and plain objects. */
  #own = new WeakSet<object>();

  constructor(root: RegoValue) {
    this.#root = root;
  }

  /** Undefined: it was removed. */
  get root(): RegoValue | undefined {
    return this.#root;
  }

  at(path: JsonPath): RegoValue | EditError {
    if (this.#root === undefined) return new EditError('nil value encountered where composite value was expected');
    let value: RegoValue = this.#root;
    for (const key of path) {
      const child = childOf(value, key);
      if (child instanceof EditError) return child;
      value = child;
    }
    return value;
  }

  /** The value at a path, to be used elsewhere: the editor does not change it any more, but copies it again. */
  share(path: JsonPath): RegoValue | EditError {
    this.#own = new WeakSet();
    return this.at(path);
  }

  insert(path: JsonPath, value: RegoValue): EditError | undefined {
    return this.#edit(path, value, (container, key) => this.#insertInto(container, key, value));
  }

  remove(path: JsonPath): EditError | undefined {
    if (this.#root === undefined) return new EditError('deleted node encountered during delete operation');
    return this.#edit(path, undefined, (container, key) => this.#removeFrom(container, key));
  }

  #edit(path: JsonPath, root: RegoValue | undefined, edit: Edit): EditError | undefined {
    if (path.length === 0) {
      this.#root = root;
      return undefined;
    }
    if (this.#root === undefined) return new EditError('nil value encountered where composite value was expected');
    const edited = this.#editBelow(this.#root, path, 0, edit);
    if (edited instanceof EditError) return edited;
    this.#root = edited;
    return undefined;
  }

  #editBelow(container: RegoValue, path: JsonPath, depth: number, edit: Edit): RegoValue | EditError {
    const key = path[depth] as RegoValue;
    if (depth === path.length - 1) return edit(container, key);
    const child = childOf(container, key);
    if (child instanceof EditError) return child;
    const edited = this.#editBelow(child, path, depth + 1, edit);
    if (edited instanceof EditError) return edited;
    return edited === child ? container : this.#put(container, key, edited);
  }

  /** In the place of a child that is there. */
  #put(container: RegoValue, key: RegoValue, value: RegoValue): RegoValue {
    if (isArray(container)) {
      const copy = this.#ownArray(container);
      copy[Number(key)] = value;
      return copy;
    }
    if (container instanceof RegoSet) {
      return makeSet([...container.sorted().filter((member) => !equal(member, key)), value]);
    }
    return this.#setKey(container, key, value);
  }

  #insertInto(container: RegoValue, key: RegoValue, value: RegoValue): RegoValue | EditError {
    if (isArray(container)) {
      const index = indexOf(container, key);
      if (index instanceof EditError) return index;
      if (index < 0 || index > container.length) return new EditError('index for array insertion out of bounds');
      const copy = this.#ownArray(container);
      copy.splice(index, 0, value);
      return copy;
    }
    if (container instanceof RegoSet) {
      if (equal(key, value)) return makeSet([...container.sorted(), value]);
      return new EditError(`set key ${toText(key)} does not equal value to be inserted ${toText(value)}`);
    }
    return isObject(container) ? this.#setKey(container, key, value) : notComposite(container);
  }

  #removeFrom(container: RegoValue, key: RegoValue): RegoValue | EditError {
    if (isArray(container)) {
      const index = indexOf(container, key);
      if (index instanceof EditError) return index;
      if (index < 0 || index >= container.length) return new EditError('index for array delete out of bounds');
      const copy = this.#ownArray(container);
      copy.splice(index, 1);
      return copy;
    }
    if (!isObject(container) && !(container instanceof RegoSet)) return notComposite(container);
    if (get(container, key) === undefined) {
      return new EditError(`cannot delete child key ${toText(key)} that does not exist`);
    }
    if (container instanceof RegoSet) return makeSet(container.sorted().filter((member) => !equal(member, key)));
    if (!isPlainObject(container)) return makeObject(entriesOf(container).filter(([other]) => !equal(other, key)));
    const copy = this.#ownObject(container);
    delete copy[key as string];
    return copy;
  }

  #setKey(container: RegoValue, key: RegoValue, value: RegoValue): RegoValue {
    if (typeof key !== 'string' || !isPlainObject(container)) {
      return makeObject([...entriesOf(container as OwnObject), [key, value]]);
    }
    const copy = this.#ownObject(container);
    setProperty(copy, key, value);
    return copy;
  }

  #ownArray(array: readonly RegoValue[]): RegoValue[] {
    if (this.#own.has(array)) return array as RegoValue[];
    const copy = [...array];
    this.#own.add(copy);
    return copy;
  }

  #ownObject(object: OwnObject): OwnObject {
    if (this.#own.has(object)) return object;
    const copy = { ...object };
    this.#own.add(copy);
    return copy;
  }
}

function childOf(container: RegoValue, key: RegoValue): RegoValue | EditError {
  if (isArray(container)) {
    const index = indexOf(container, key);
    if (index instanceof EditError) return index;
    const element = container[index];
    if (element !== undefined) return element;
    return new EditError(`path ${index} does not exist in array term ${toText(container)}`);
  }
  const isSet = container instanceof RegoSet;
  if (!isSet && !isObject(container)) return notComposite(container);
  const child = get(container, key);
  if (child !== undefined) return child;
  return new EditError(`path ${toText(key)} does not exist in ${isSet ? 'set' : 'object'} term ${toText(container)}`);
}

function notComposite(value: RegoValue): EditError {
  return new EditError(`expected composite type, found value: ${toText(value)}`);
}

/** `-` is the place after the last element. */
function indexOf(array: readonly RegoValue[], key: RegoValue): number | EditError {
  if (isNumber(key)) {
    const integer = bigIntegerOf(key);
    return integer === undefined ? new EditError('invalid number type for indexing') : Number(integer);
  }
  if (typeof key !== 'string') return new EditError('invalid type for indexing');
  if (key === '-') return array.length;
  if (!/^[+-]?\d{1,19}$/.test(key)) return new EditError('invalid string for indexing');
  if (key !== '0' && key.startsWith('0')) return new EditError('leading zeros are not allowed in JSON paths');
  return Number(key);
}
