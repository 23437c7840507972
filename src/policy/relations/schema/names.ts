/** SpiceDB's rules of names. */
import type { Span } from '../../source-position.ts';
import type { ProblemList } from './problem-list.ts';

export type NameKind = 'definition' | 'type' | 'relation' | 'permission' | 'caveat';

const MAX_PATH_BYTES = 128;

/** 3 to 64 characters each; a prefix may have 64 where a type is defined, and 63 where it is named. */
const PATTERNS: Readonly<Record<NameKind, RegExp>> = {
  definition: /^(?:[a-z][a-z0-9_]{1,62}[a-z0-9]\/)*[a-z][a-z0-9_]{1,62}[a-z0-9]$/u,
  type: /^(?:[a-z][a-z0-9_]{1,61}[a-z0-9]\/)*[a-z][a-z0-9_]{1,62}[a-z0-9]$/u,
  relation: /^[a-z][a-z0-9_]{1,62}[a-z0-9]$/u,
  permission: /^[a-z][a-z0-9_]{1,62}[a-z0-9]$/u,
  caveat: /^[a-zA-Z0-9_][a-zA-Z0-9/_]{0,127}$/u,
};

export function isName(kind: NameKind, name: string): boolean {
  return name.length <= MAX_PATH_BYTES && PATTERNS[kind].test(name);
}

export function checkName(kind: NameKind, name: string, span: Span, problems: ProblemList): void {
  if (isName(kind, name)) return;
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  problems.add({
    code: 'relations/name',
    message: `\`${shown}\` cannot be the name of a ${kind}`,
    hint:
      kind === 'caveat'
        ? 'a name has letters of ASCII, digits and `_`, 128 characters at most'
        : 'a name has 3 to 64 lower case letters of ASCII, digits and `_`, begins with a letter and does not end with `_`',
    ...span,
  });
}
