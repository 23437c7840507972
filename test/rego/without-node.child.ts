/** Evaluates policies where nothing of Node is left but its modules' loader, and prints what came of it. */
import type * as Library from '../../src/policy/rego/library.ts';

const print = console.log;
const entry = process.argv[2] ?? '';
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'clearImmediate']) {
  Reflect.deleteProperty(globalThis, name);
}
const { compileRego } = (await import(entry)) as typeof Library;

const POLICY = `package p

allow if {
  some role in data.roles[input.user]
  role == "admin"
}

unpacked := yaml.unmarshal("- 1\\n- 2\\n")

matches := regex.match("^a+$", input.text)

parsed := graphql.is_valid("{ a }", "type Query { a: Int }")

unique if count(uuid.rfc4122("x")) == 36

day := time.format([1700000000000000000, "UTC", "2006-01-02"])
`;
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln';

const policy = compileRego({ modules: [{ file: 'p.rego', text: POLICY }], data: { roles: { alice: ['admin'] } } });
if (!policy.ok) throw new Error(policy.problem[0]?.message ?? 'no message');

function ask(reference: string): unknown {
  const decision = policy.ok ? policy.value.decision(reference) : undefined;
  if (decision?.ok !== true) throw new Error(`${reference} is no reference`);
  const result = decision.value.evaluate({ user: 'alice', text: 'aaa' }, { strictErrors: true });
  return result.ok ? result.value : result.problem.message;
}

print(
  JSON.stringify({
    value: ask('data.p'),
    digest: ask('crypto.sha256("x")'),
    claims: ask(`io.jwt.decode("${TOKEN}")[1]`),
  }),
);
