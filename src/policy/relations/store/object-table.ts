/** The objects of all types under dense numbers, so that the graph holds numbers alone. */

const FIRST_CAPACITY = 64;
const GROWTH = 1.25;
/** The numbers of types are held in 16 bits; a schema has a few hundred. */
const MAX_TYPE = 65_535;

/** Names are looked up by type, then by id: one key made of both would have to be built for every look. */
export class ObjectTable {
  readonly #typeNumbers = new Map<string, number>();
  readonly #typeNames: string[] = [];
  readonly #byType: Map<string, number>[] = [];
  /** By number; 0 is no object. */
  readonly #ids: string[] = [''];
  /** The number of the type of each object. Replaced by a larger one as objects are added. */
  types: Uint16Array = new Uint16Array(FIRST_CAPACITY);

  /** The names of types that have numbers from the start, in their order. */
  constructor(typeNames: readonly string[] = []) {
    for (const name of typeNames) this.internType(name);
  }

  get typeNames(): readonly string[] {
    return this.#typeNames;
  }

  /** The number of a type, which is given one if it has none. */
  internType(name: string): number {
    const known = this.#typeNumbers.get(name);
    if (known !== undefined) return known;
    if (this.#typeNames.length > MAX_TYPE) throw new RangeError(`\`${name}\` is one type too many`);
    const number = this.#typeNames.push(name) - 1;
    this.#typeNumbers.set(name, number);
    this.#byType.push(new Map());
    return number;
  }

  typeName(type: number): string {
    return this.#typeNames[type] as string;
  }

  /** 0 where there is no such object. */
  find(type: string, id: string): number {
    const number = this.#typeNumbers.get(type);
    return number === undefined ? 0 : (this.#byType[number]?.get(id) ?? 0);
  }

  /** As `find`, by the number of the type. */
  findOfType(type: number, id: string): number {
    return this.#byType[type]?.get(id) ?? 0;
  }

  intern(typeName: string, id: string): number {
    const type = this.internType(typeName);
    const ofType = this.#byType[type] as Map<string, number>;
    const known = ofType.get(id);
    if (known !== undefined) return known;
    const number = this.#ids.push(id) - 1;
    ofType.set(id, number);
    if (number >= this.types.length) {
      const types = new Uint16Array(Math.ceil(this.types.length * GROWTH));
      types.set(this.types);
      this.types = types;
    }
    this.types[number] = type;
    return number;
  }

  idOf(object: number): string {
    return this.#ids[object] as string;
  }

  typeOf(object: number): string {
    return this.#typeNames[this.types[object] as number] as string;
  }
}
