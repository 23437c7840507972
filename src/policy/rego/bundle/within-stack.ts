/** Texts decide how deep values are nested, and values are walked recursively: what is too deep for the stack is an outcome. */

export const TOO_DEEP = 'it is nested deeper than can be followed';

/** Undefined: the stack was not enough. */
export function withinStack<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('call stack')) return undefined;
    throw error;
  }
}
