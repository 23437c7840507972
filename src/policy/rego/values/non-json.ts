/** What JSON has not: the common base of its three classes, so that one test tells them all from plain objects. */
export abstract class NonJson {
  abstract readonly kind: 'set' | 'map' | 'decimal';
}
