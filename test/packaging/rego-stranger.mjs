// Uses the packed package as one who knows its types alone; prints what `pack.test.ts` expects.
import { BuiltinError, compileRego, formatJson, networkAccess, parseJson } from 'countersign/rego';
import { nodeTransport, readBundle } from 'countersign/rego/node';

/**
 * @template T, P
 * @param {import('countersign/rego').Result<T, P>} result
 * @returns {T}
 */
function must(result) {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.problem));
}

const policy = must(
  compileRego({
    modules: [
      {
        file: 'shop.rego',
        text: `package shop

default allow := false

allow if {
  some role in data.roles[input.user]
  role == "clerk"
  input.amount <= limit("refund")
}

sum := input.amount + 1

level := http.send({"method": "get", "url": input.url}).body`,
      },
    ],
    data: { roles: { bob: ['clerk'] } },
    functions: [
      {
        name: 'limit',
        parameters: ['string'],
        result: 'number',
        call: ({ host }, action) =>
          host instanceof Map ? host.get(action) : new BuiltinError('the host knows no limits'),
      },
    ],
  }),
);

const host = new Map([['refund', 100]]);
const allow = must(policy.decision('data.shop.allow'));
const decisions = [10, 250].map((amount) => must(allow.evaluate({ user: 'bob', amount }, { host })));
const rows = must(must(policy.prepare('some role in data.roles.bob')).evaluate(undefined));
const bad = compileRego({ modules: [{ file: 'bad.rego', text: 'package bad\n\nx := 1 if y > 2\n' }] });
const [first] = bad.ok ? [] : bad.problem;
// More than a double holds.
const amount = must(parseJson('{"amount": 18014398509481985}'));
const sum = must(must(policy.decision('data.shop.sum')).evaluate(amount));

/** @type {import('countersign/rego').Transport} */
const transport = {
  lookUp: () => Promise.resolve(['192.0.2.1']),
  send: ({ url }) =>
    Promise.resolve({
      statusCode: 200,
      statusText: 'OK',
      headers: [['content-type', 'application/json']],
      body: new Blob([JSON.stringify({ level: url.pathname.length })]).stream(),
    }),
};
const network = must(networkAccess({ allow: ['levels.example.com', '192.0.2.1'], transport }));
const level = must(policy.decision('data.shop.level'));
const fetched = must(await level.evaluateAsync({ url: 'https://levels.example.com/ab' }, { network }));
const own = must(networkAccess({ allow: [], transport: nodeTransport }));
const refused = await level.evaluateAsync({ url: 'https://example.com/' }, { network: own, strictErrors: true });
const bundle = await readBundle(new Uint8Array([1, 2, 3]));

console.log(
  JSON.stringify({
    decisions,
    rows,
    problem: `${first?.code} ${first?.at?.file}:${first?.at?.line}:${first?.at?.column}`,
    sum: sum === undefined ? '' : formatJson(sum),
    fetched,
    refused: refused.ok ? '' : refused.problem.message,
    bundle: bundle.ok,
  }),
);
