/** The shapes of SpiceDB's own benchmarks: a schema, relationships, the question that is asked there, and others. */
import type { CheckQuestion } from '../../src/policy/relations/evaluate/outcome.ts';
import { parseRelationship } from '../../src/policy/relations/store/relationship-text.ts';
import { seededDraw } from '../seeded-draw.ts';

export type Shape = {
  readonly name: string;
  readonly schema: string;
  readonly relationships: readonly string[];
  /** The question of SpiceDB's benchmark. */
  readonly own: string;
  /** Resources and subjects of which questions are drawn, with a stranger among the subjects. */
  readonly resources: readonly string[];
  readonly subjects: readonly string[];
};

const DRAWN_QUESTIONS = 2000;

/** The same in every run; the permission is that of the shape's own question. */
export function drawQuestions({ own, resources, subjects }: Shape): readonly CheckQuestion[] {
  const draw = seededDraw(1);
  const permission = /#(.+)@/u.exec(own)?.[1] ?? '';
  return Array.from({ length: DRAWN_QUESTIONS }, () =>
    questionOf(`${draw.of(resources)}#${permission}@${draw.of(subjects)}`),
  );
}

export function questionOf(text: string): CheckQuestion {
  const parsed = parseRelationship(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const { resource, relation: permission, subject } = parsed.value;
  return { resource, permission, subject };
}

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** `of`-many of what has a number each, spread as SpiceDB's benchmarks spread them. */
function spread(from: string, count: number, relation: string, of: number, to: string, bound: number): string[] {
  return times(count, (index) =>
    times(of, (step) => `${from}${index}#${relation}@${to}${(step * (index + 1)) % bound}`),
  ).flat();
}

const USER = 'definition user {}\n';

const GROUPS = `${USER}
definition group {
  relation member: user | group#member
}
definition resource {
  relation viewer: user | group#member
  permission view = viewer
}`;

export function shapes(): readonly Shape[] {
  return [
    wideDirect(),
    wideGroups(),
    groupsOfGroups(),
    wideArrow(),
    doubleWideArrow(),
    deepArrow(),
    lookupIntersection(),
    shareWith(),
  ];
}

function wideDirect(): Shape {
  const users = times(9000, (index) => `user:user-${index}`);
  return {
    name: '9,000 direct users',
    schema: `${USER}
definition resource {
  relation viewer: user
  permission view = viewer
}`,
    relationships: [...users, 'user:tom'].map((user) => `resource:someresource#viewer@${user}`),
    own: 'resource:someresource#view@user:tom',
    resources: ['resource:someresource'],
    subjects: [...users.slice(0, 500), 'user:stranger'],
  };
}

function wideGroups(): Shape {
  const levels = [1, 2, 3].flatMap((level) =>
    times(100, (index) => {
      const member = level === 1 ? 'first' : `widegroup${level - 1}-${index}`;
      return `group:widegroup${level}-${index}#member@group:${member}#member`;
    }),
  );
  return {
    name: '100 groups, three levels',
    schema: GROUPS,
    relationships: [
      'group:first#member@user:tom',
      'group:second#member@group:first#member',
      'group:third#member@group:second#member',
      'resource:someresource#viewer@group:third#member',
      ...levels,
      'resource:anotherresource#viewer@group:widegroup3-99#member',
      'resource:thirdresource#viewer@user:sarah',
    ],
    own: 'resource:someresource#view@user:tom',
    resources: ['resource:someresource', 'resource:anotherresource', 'resource:thirdresource'],
    subjects: ['user:tom', 'user:sarah', 'user:stranger'],
  };
}

function groupsOfGroups(): Shape {
  const subgroups = times(9, (tens) => times(9, (ones) => `eng-${tens + 1}${ones + 1}`)).flat();
  return {
    name: '81 groups of a group',
    schema: GROUPS,
    relationships: [
      'resource:someresource#viewer@group:eng#member',
      ...subgroups.map((subgroup) => `group:eng#member@group:${subgroup}#member`),
      ...times(99, (index) => `group:eng-${index + 1}#member@group:eng-${index + 1}-1#member`),
      'group:eng-99-1#member@user:tom',
    ],
    own: 'resource:someresource#view@user:tom',
    resources: ['resource:someresource'],
    subjects: ['user:tom', 'user:stranger'],
  };
}

function wideArrow(): Shape {
  return {
    name: '10 × 97 × 997 arrows',
    schema: `${USER}
definition group {
  relation member: user
}
definition file {
  relation group: group
  relation view: user
  permission viewer = view + group->member
}`,
    relationships: [
      ...spread('file:file', 10, 'group', 30, 'group:group', 97),
      ...spread('group:group', 97, 'member', 20, 'user:user', 997),
    ].filter(unique()),
    own: 'file:file0#viewer@user:user570',
    resources: times(10, (index) => `file:file${index}`),
    subjects: [...times(997, (index) => `user:user${index}`), 'user:stranger'],
  };
}

function doubleWideArrow(): Shape {
  return {
    name: '5 × 97 × 299 × 499 arrows',
    schema: `${USER}
definition group {
  relation member: user
}
definition org {
  relation group: group
  permission member = group->member
}
definition file {
  relation org: org
  relation view: user
  permission viewer = view + org->member
}`,
    relationships: [
      ...spread('file:file', 5, 'org', 20, 'org:org', 97),
      ...spread('org:org', 97, 'group', 10, 'group:group', 299),
      ...spread('group:group', 299, 'member', 20, 'user:user', 499),
    ].filter(unique()),
    own: 'file:file0#viewer@user:user214',
    resources: times(5, (index) => `file:file${index}`),
    subjects: [...times(499, (index) => `user:user${index}`), 'user:stranger'],
  };
}

function unique(): (text: string) => boolean {
  const seen = new Set<string>();
  return (text) => seen.size !== seen.add(text).size;
}

function deepArrow(): Shape {
  return {
    name: '30-deep arrow chain',
    schema: `${USER}
definition document {
  relation parent: document
  relation view: user
  permission viewer = view + parent->viewer
}`,
    relationships: [
      'document:target#parent@document:1',
      ...times(30, (index) => `document:${index + 1}#parent@document:${index + 2}`),
      'document:29#view@user:slow',
    ],
    own: 'document:target#viewer@user:slow',
    resources: ['document:target'],
    subjects: ['user:slow', 'user:stranger'],
  };
}

function lookupIntersection(): Shape {
  const resources = times(499, (index) => `resource:resource${index + 1}`);
  return {
    name: 'intersection over 499',
    schema: `${USER}
definition organization {
  relation reader: user
  relation banned: user
  permission read = reader - banned
}
definition resource {
  relation viewer: user
  relation organization: organization
  permission read = organization->read
  permission view = viewer & read
}`,
    relationships: [
      'organization:org1#reader@user:tom',
      ...resources.flatMap((resource) => [`${resource}#viewer@user:tom`, `${resource}#organization@organization:org1`]),
    ],
    own: 'resource:resource1#view@user:tom',
    resources,
    subjects: ['user:tom', 'user:stranger'],
  };
}

function shareWith(): Shape {
  return {
    name: 'share-with',
    schema: `${USER}
definition resource {
  relation manager: user | usergroup#member | usergroup#manager
  relation viewer: user | usergroup#member | usergroup#manager
  permission view = viewer + manager
}
definition usergroup {
  relation manager: user | usergroup#member | usergroup#manager
  relation direct_member: user | usergroup#member | usergroup#manager
  permission member = direct_member + manager
}
definition organization {
  relation group: usergroup
  relation resource: resource
  relation admin: user | usergroup#member | usergroup#manager
  permission member = admin + group->member
  permission user = admin + member + resource->view
}`,
    relationships: `usergroup:productname#manager@user:an_eng_manager
usergroup:applications#manager@user:an_eng_director
usergroup:engineering#manager@user:cto
usergroup:csuite#manager@user:ceo
usergroup:productname#direct_member@user:an_engineer
usergroup:csuite#direct_member@user:cto
usergroup:engineering#direct_member@usergroup:applications#member
usergroup:applications#direct_member@usergroup:productname#member
usergroup:engineering#direct_member@usergroup:csuite#member
organization:someorg#group@usergroup:csuite
organization:someorg#group@usergroup:productname
organization:someorg#group@usergroup:applications
organization:someorg#group@usergroup:engineering
organization:someorg#resource@resource:promserver
organization:someorg#resource@resource:jira
organization:someorg#admin@usergroup:csuite#member
organization:someorg#admin@user:it_admin
resource:promserver#manager@usergroup:productname#member
resource:promserver#viewer@usergroup:engineering#member
resource:jira#viewer@usergroup:engineering#member
resource:jira#manager@usergroup:engineering#manager
resource:promserver#viewer@user:an_external_user
usergroup:blackhats#manager@user:a_villain`.split('\n'),
    own: 'resource:promserver#view@user:an_engineer',
    resources: ['resource:promserver', 'resource:jira'],
    subjects: ['an_engineer', 'an_eng_manager', 'cto', 'ceo', 'an_external_user', 'a_villain', 'stranger'].map(
      (name) => `user:${name}`,
    ),
  };
}
