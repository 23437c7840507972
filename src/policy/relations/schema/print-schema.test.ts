/** Printing: SpiceDB's form, and a text that parses back to the same schema. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { almostSchema, arbitrarySchema } from '../testing/arbitrary-schemas.ts';
import { parseSchema } from './parse-schema.ts';
import { printSchema } from './print-schema.ts';

function printed(text: string): string {
  const parsed = parseSchema({ file: 'a.zed', text });
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.problem.map(({ message }) => message).join('\n')}\n${text}`);
  return printSchema(parsed.value);
}

test('a schema is printed as SpiceDB prints it', () => {
  const text = `use self
use partial
use expiration
/* of the
      group */
definition group { /* short */ relation member: user | group#...;
 // two
 // lines
 permission all = (member + member) & member - nil
 permission any = member.any(xxx) + member->yyy; permission own = self
 ...more
}
partial more { permission both: user = member.all(any) - (member - nil) - member & (member - own); }
// a doc
definition user {}
caveat limit(b int, a map<list<any>>) { // in words
   b<1 &&
     "x"   in a }
definition doc {
 relation viewer: user with expiration | user:* with limit and expiration | group#member with limit
}`;
  assert.equal(
    printed(text),
    `use self

use expiration

caveat limit(a map<list<any>>, b int) {
	b < 1 && "x" in a
}

definition doc {
	relation viewer: user with expiration | user:* with limit and expiration | group#member with limit
}

/*
 * of the
 * group
 */
definition group {
	/* short */
	relation member: user | group

	// two
	// lines
	permission all = (member + member & member) - nil
	permission any = member.any(xxx) + member->yyy
	permission own = self
	permission both = (member.all(any) - (member - nil)) - (member & (member - own))
}

// a doc
definition user {}`,
  );
});

test('types of permissions are printed where they count', () => {
  const text =
    'use typechecking\n\ndefinition user {\n\trelation self: user\n\tpermission view: user | group = self\n}';
  assert.equal(printed(text), text);
  assert.equal(printed(text.replace('use typechecking\n\n', '')), text.replace(': user | group', '').slice(18));
});

/** The schema without places, and comments as they are printed. */
function meaning(text: string): unknown {
  const parsed = parseSchema({ file: 'a.zed', text });
  assert.ok(parsed.ok);
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (value instanceof Map) return strip(Object.fromEntries(value as ReadonlyMap<string, unknown>));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => !['start', 'end', 'source', 'comments', 'text'].includes(key));
    return Object.fromEntries(kept.map(([key, item]) => [key, strip(item)]));
  };
  return strip(parsed.value);
}

test('what is printed parses to the same schema, and prints the same again', () => {
  fc.assert(
    fc.property(arbitrarySchema, (text) => {
      const once = printed(text);
      assert.deepEqual(meaning(once), meaning(text));
      assert.equal(printed(once), once);
    }),
    { numRuns: 60 },
  );
});

test('no text makes the parser throw, and each problem has a place in the text', () => {
  const any = fc.oneof({ arbitrary: almostSchema, weight: 4 }, fc.string({ unit: 'binary', maxLength: 100 }));
  fc.assert(
    fc.property(any, (text) => {
      const parsed = parseSchema({ file: 'a.zed', text });
      if (parsed.ok) return;
      const lines = text.split('\n').length;
      assert.ok(parsed.problem.length > 0);
      for (const { code, message, at } of parsed.problem) {
        assert.ok(code.startsWith('relations/') && message.length > 0);
        assert.ok(at !== undefined && at.line >= 1 && at.line <= lines && at.endLine >= at.line);
      }
    }),
    { numRuns: 150 },
  );
});
