/** Compiles and decides where `new Function` is forbidden, and prints what came of it. */
import { compileCedar } from '../../src/policy/cedar/compile.ts';

const set = await compileCedar({
  policies: 'permit(principal, action == Action::"view", resource) when { context.amount <= 100 };',
});
if (!set.ok) throw new Error(set.problem[0]?.message);
const ask = (amount: number): string =>
  set.value.decide({
    principal: { type: 'User', id: 'alice' },
    action: { type: 'Action', id: 'view' },
    resource: { type: 'Photo', id: 'cat' },
    context: { amount },
  });
process.stdout.write([set.value.backend, ask(100), ask(101)].join(' '));
