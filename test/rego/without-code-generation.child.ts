/** Compiles and decides where `new Function` may be forbidden, and prints what came of it. */
import { compileRego } from '../../src/policy/rego/compile.ts';

const text = `package shop

allow if {
  some role in data.roles[input.user]
  role in {"clerk", "manager"}
  not limited
}

limited if sum([item.price | some item in input.items]) > 100
`;
const data = { roles: { alice: ['guest', 'clerk'] } };
const policy = compileRego({ modules: [{ file: 'shop.rego', text }], data });
if (!policy.ok) throw new Error(policy.problem[0]?.message);
const decision = policy.value.decision('data.shop.allow');
if (!decision.ok) throw new Error(decision.problem[0]?.message);
const ask = (user: string, price: number): string | undefined => {
  const result = decision.value.evaluate({ user, items: [{ price }, { price: 1 }] });
  return result.ok ? JSON.stringify(result.value) : result.problem.code;
};
process.stdout.write([policy.value.backend, ask('alice', 99), ask('alice', 100), ask('bob', 1)].join(' '));
