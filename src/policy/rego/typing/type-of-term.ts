/** The types of terms where they stand. */
import type { ResolvedComprehension, ResolvedRef, ResolvedTerm } from '../check/resolved.ts';
import type { Environment } from './environment.ts';
import { holdsSet } from './type-of-value.ts';
import type { Field, ObjectRest, Part } from './type.ts';

/** Of those whose bodies hold no problem. */
export type ComprehensionTypes = ReadonlyMap<ResolvedComprehension, Part>;

/** Undefined where nothing is known yet. */
export function typeOfTerm(term: ResolvedTerm, environment: Environment, comprehensions: ComprehensionTypes): Part {
  const { table, constants } = environment.algebra;
  const typeOf = (part: ResolvedTerm): Part => typeOfPart(part, environment, comprehensions);
  switch (term.kind) {
    case 'constant':
      return constants.typeOf(term.value);
    case 'local':
      return environment.local(term.id);
    case 'array':
      return table.array(term.elements.map(typeOf), undefined);
    case 'set':
      return table.set(table.oneOf(term.elements.map(typeOf)));
    case 'object': {
      const fields: Field[] = [];
      let rest: ObjectRest | undefined;
      for (const { key, value } of term.entries) {
        if (key.kind !== 'constant') rest = { key: typeOf(key), value: typeOf(value) };
        else if (holdsSet(key.value)) rest = { key: table.any, value: table.any };
        else fields.push({ key: key.value, value: typeOf(value) });
      }
      return table.objectOf(fields, rest);
    }
    case 'ref':
      return typeOfRef(term, environment);
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return comprehensions.get(term);
  }
}

/** What has to be evaluated has been, and has some value. */
export function typeOfPart(term: ResolvedTerm, environment: Environment, comprehensions: ComprehensionTypes): Part {
  const type = typeOfTerm(term, environment, comprehensions);
  const isUnclear = type === undefined || (term.kind === 'ref' && type.isPartial);
  return isUnclear && isEvaluated(term) ? environment.algebra.table.any : type;
}

export function isEvaluated({ kind }: ResolvedTerm): boolean {
  return (
    kind === 'ref' || kind === 'arrayComprehension' || kind === 'setComprehension' || kind === 'objectComprehension'
  );
}

function typeOfRef({ root, path, isUntyped }: ResolvedRef, environment: Environment): Part {
  if (isUntyped === true) return environment.algebra.table.any;
  if (root.kind === 'local') return environment.below(environment.local(root.id), path);
  return environment.document(root.kind, path);
}
