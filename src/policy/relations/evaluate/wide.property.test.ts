import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { parseSchema } from '../schema/parse-schema.ts';
import { formatRelationship, parseRelationship } from '../store/relationship-text.ts';
import { plainSets } from '../testing/plain-evaluation.ts';
import { worldOf } from '../testing/world.ts';

/** Wide enough that the search goes up from the subject as well as down from the resource. */
const SCHEMA = `
definition user {}
definition group {
  relation member: user
}
definition team {
  relation member: user | team#member
}
definition club {
  relation parent: club
  relation member: user | user:*
  permission view = member + parent->view
}
definition file {
  relation group: group
  relation team: team#member
  relation club: club
  relation banned: user | group#member
  permission view = (group->member + team + club->view) - banned
}
`;

const numbered = (name: string, count: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: count - 1 }).map((index) => `${name}${index}`);

const user = numbered('user:u', 4);
const file = numbered('file:f', 2);
const group = numbered('group:g', 8);
const club = numbered('club:c', 24);
const team = numbered('team:t', 24);

const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(file, group).map(([from, to]) => `${from}#group@${to}`) },
  { weight: 8, arbitrary: fc.tuple(file, team).map(([from, to]) => `${from}#team@${to}#member`) },
  { weight: 3, arbitrary: fc.tuple(group, user).map(([from, to]) => `${from}#member@${to}`) },
  { weight: 16, arbitrary: fc.tuple(team, team).map(([from, to]) => `${from}#member@${to}#member`) },
  { weight: 2, arbitrary: fc.tuple(team, user).map(([from, to]) => `${from}#member@${to}`) },
  { weight: 4, arbitrary: fc.tuple(file, club).map(([from, to]) => `${from}#club@${to}`) },
  { weight: 4, arbitrary: fc.tuple(club, club).map(([from, to]) => `${from}#parent@${to}`) },
  { weight: 1, arbitrary: club.map((from) => `${from}#member@user:*`) },
  { weight: 1, arbitrary: fc.tuple(file, group).map(([from, to]) => `${from}#banned@${to}#member`) },
);

test('what is found by going up from the subject is what is found by going down', () => {
  const schema = parseSchema({ file: 'wide.zed', text: SCHEMA });
  assert.ok(schema.ok, schema.ok ? '' : schema.problem[0]?.message);
  let granted = 0;
  let denied = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 10, maxLength: 90, size: 'max' }), (drawn) => {
      const lines = [...new Set(drawn)];
      const { relations, moment } = worldOf(SCHEMA, lines);
      const tuples = lines.map((text) => {
        const parsed = parseRelationship(text);
        assert.ok(parsed.ok, text);
        assert.equal(formatRelationship(parsed.value), text);
        return parsed.value;
      });
      for (const id of ['u0', 'u1', 'u2', 'stranger']) {
        const subject = { type: 'user', id };
        const { sure } = plainSets({ schema: schema.value, tuples, failing: [], subject });
        for (const resource of ['f0', 'f1']) {
          const question = { resource: { type: 'file', id: resource }, permission: 'view', subject };
          const has = sure.has(`file:${resource}#view`);
          assert.deepEqual(relations.check(question, moment()), { kind: has ? 'has' : 'has-not' });
          if (has) granted += 1;
          else denied += 1;
        }
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(granted > 50 && denied > 50, `${granted} are granted, and ${denied} denied`);
});
