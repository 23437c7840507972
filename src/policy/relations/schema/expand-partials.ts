/** Puts partials into the definitions that name them, and refuses those that name themselves. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import { MAX_ALL_MEMBERS, MAX_MEMBERS, MAX_NESTING } from './limits.ts';
import type { ProblemList } from './problem-list.ts';
import type { MemberSyntax, ObjectSyntax } from './syntax.ts';

export type OwnMember = Exclude<MemberSyntax, { readonly kind: 'partial' }>;

/** The members in their order, those of a partial where it is named. */
export type ExpandMembers = (definition: ObjectSyntax) => readonly OwnMember[];

export function partialExpansion(partials: readonly ObjectSyntax[], problems: ProblemList): ExpandMembers {
  const byName = new Map<string, ObjectSyntax>();
  for (const partial of partials) {
    if (byName.has(partial.name)) {
      const message = `there are two partials \`${partial.name}\``;
      problems.add({ code: 'relations/duplicate', message, ...partial.nameSpan });
    } else byName.set(partial.name, partial);
  }
  const done = new Map<ObjectSyntax, readonly OwnMember[]>();
  const open: ObjectSyntax[] = [];
  let total = 0;
  const expand = (object: ObjectSyntax): readonly OwnMember[] => {
    const known = done.get(object);
    if (known !== undefined) return known;
    open.push(object);
    const members: OwnMember[] = [];
    for (const member of object.members) {
      if (member.kind !== 'partial') {
        members.push(member);
        continue;
      }
      const { start, end } = member;
      const partial = byName.get(member.name);
      if (partial === undefined) {
        const near = nearestName(member.name, byName.keys());
        const hint = near === undefined ? undefined : `did you mean \`${near}\`?`;
        problems.add({
          code: 'relations/unknown',
          message: `there is no partial \`${member.name}\``,
          hint,
          start,
          end,
        });
      } else if (open.includes(partial)) {
        const names = [...open.slice(open.indexOf(partial)), partial].map(({ name }) => `\`${name}\``).join(' → ');
        problems.add({ code: 'relations/cycle', message: `the partial contains itself: ${names}`, start, end });
      } else if (open.length > MAX_NESTING) {
        problems.add({ code: 'relations/limit', message: `partials nest deeper than ${MAX_NESTING}`, start, end });
      } else for (const inner of expand(partial)) members.push(inner);
      if (members.length > MAX_MEMBERS) break;
    }
    if (members.length > MAX_MEMBERS) {
      const message = `\`${object.name}\` has more than ${MAX_MEMBERS} relations and permissions`;
      problems.add({ code: 'relations/limit', message, ...object.nameSpan });
      members.length = 0;
    }
    total += members.length;
    if (total > MAX_ALL_MEMBERS) {
      const message = `all definitions together have more than ${MAX_ALL_MEMBERS} relations and permissions`;
      problems.add({ code: 'relations/limit', message, ...object.nameSpan });
      return [];
    }
    open.pop();
    done.set(object, members);
    return members;
  };
  // Those that no definition names are checked as well.
  for (const partial of byName.values()) expand(partial);
  return expand;
}
