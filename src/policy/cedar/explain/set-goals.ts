/** What a set would have to contain, or lack, and what would have to be in a set. */
import { describeValue } from '../emit/describe-value.ts';
import { CedarSet, type Value } from '../value.ts';
import { being, type Goal } from './goal.ts';
import { MAX_ALTERNATIVES, MAX_COPIED_ELEMENTS } from './limits.ts';

/** None of what is too large to be tried. */
export function elementsOf(value: Value | undefined): readonly Value[] {
  if (!(value instanceof CedarSet) || value.elements.length > MAX_COPIED_ELEMENTS) return [];
  return value.elements;
}

export function containing(elements: readonly Value[]): Goal {
  return setGoal('containing', elements, (current) => [...current, ...elements]);
}

export function lacking(elements: readonly Value[]): Goal {
  const unwanted = CedarSet.of(elements);
  return setGoal('without', elements, (current) => current.filter((element) => !unwanted.contains(element)));
}

function setGoal(
  word: string,
  elements: readonly Value[],
  change: (current: readonly Value[]) => readonly Value[],
): Goal {
  const [only] = elements;
  const shown = elements.length === 1 && only !== undefined ? only : CedarSet.of(elements);
  const samples = (current: Value | undefined): readonly Value[] => {
    if (current !== undefined && !(current instanceof CedarSet)) return [];
    if (current !== undefined && current.elements.length > MAX_COPIED_ELEMENTS) return [];
    return [CedarSet.of(change(current?.elements ?? []))];
  };
  return { kind: 'sample', phrase: `${word} \`${describeValue(shown)}\``, samples };
}

export function oneOf(values: readonly Value[]): Goal {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return being(only);
  const phrase = `being one of \`${describeValue(CedarSet.of(values))}\``;
  return { kind: 'sample', phrase, samples: () => values.slice(0, MAX_ALTERNATIVES) };
}

export const NOT_EMPTY: Goal = { kind: 'sample', phrase: 'not empty', samples: () => [CedarSet.of([''])] };
