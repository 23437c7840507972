/** Ten policies alone, and the same ten among ten thousand that cannot match: what those that do not match cost. */
import { type CedarPolicySet, compileCedar } from '../../src/policy/cedar/compile.ts';
import { EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import { type Bar, percentile } from '../bar.ts';
import { freshCopies, type Question } from './workload.ts';

const POLICIES = 10_000;
const MATCHING = 10;
const ROUNDS = 600;
const WARM_UP_ROUNDS = 200;
const CALLS = 500;

/** How the ten of one group are told apart from those of all others, and which parent makes `in` true. */
const SCOPES: readonly { readonly by: string; readonly scope: (group: number) => string }[] = [
  { by: 'action', scope: (group) => `principal, action == Action::"a${group}", resource` },
  { by: 'principal type', scope: (group) => `principal is User${group}, action, resource` },
  { by: 'principal ==', scope: (group) => `principal == User0::"u${group}", action, resource` },
  { by: 'principal in', scope: (group) => `principal in Team::"t${group}", action, resource` },
  { by: 'resource ==', scope: (group) => `principal, action, resource == Document::"d${group}"` },
];

/** Each must be looked at, since none is satisfied: the slowest case. */
function policiesOf(groups: number, scope: (group: number) => string): string {
  const condition = (index: number): string => `resource.level < principal.level - ${index}`;
  return Array.from({ length: groups * MATCHING }, (_, index) => {
    return `permit (${scope(Math.floor(index / MATCHING))}) when { ${condition(index % MATCHING)} };`;
  }).join('\n');
}

function makeStore(): EntityStore {
  const store = new EntityStore();
  const put = store.put([
    { uid: { type: 'User0', id: 'u0' }, attrs: { level: 3 }, parents: [{ type: 'Team', id: 't0' }] },
    { uid: { type: 'Document', id: 'd0' }, attrs: { level: 7 }, parents: [] },
    ...Array.from({ length: POLICIES / MATCHING }, (_, group) => ({ uid: { type: 'Team', id: `t${group}` } })),
    ...Array.from({ length: POLICIES / MATCHING }, (_, group) => ({ uid: { type: 'Action', id: `a${group}` } })),
  ]);
  if (!put.ok) throw new Error(put.problem[0]?.message);
  return store;
}

async function compile(groups: number, scope: (group: number) => string): Promise<CedarPolicySet> {
  const compiled = await compileCedar({ policies: policiesOf(groups, scope), entities: makeStore() });
  if (!compiled.ok) throw new Error(compiled.problem[0]?.message);
  return compiled.value;
}

const QUESTION: Question = {
  principal: { type: 'User0', id: 'u0' },
  action: { type: 'Action', id: 'a0' },
  resource: { type: 'Document', id: 'd0' },
};

/** The mean of one batch, in nanoseconds. */
function batch({ decide }: CedarPolicySet, questions: readonly Question[]): number {
  let denied = 0;
  const started = performance.now();
  for (const question of questions) if (decide(question) === 'deny') denied += 1;
  const nanos = ((performance.now() - started) * 1e6) / questions.length;
  if (denied !== questions.length) throw new Error('a policy was satisfied that must not be');
  return nanos;
}

async function measure({ by, scope }: (typeof SCOPES)[number]): Promise<Bar> {
  const few = await compile(1, scope);
  const many = await compile(POLICIES / MATCHING, scope);
  const { determining, errors } = few.explain(QUESTION);
  if (determining.length + errors.length > 0) throw new Error('a policy is satisfied or errs');
  const rounds: { readonly few: number; readonly many: number }[] = [];
  // By turns, so that a busy machine disturbs both alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    const fresh = (): readonly Question[] => freshCopies(Array.from({ length: CALLS }, () => QUESTION));
    rounds.push({ few: batch(few, fresh()), many: batch(many, fresh()) });
  }
  const warm = rounds.slice(WARM_UP_ROUNDS);
  const median = (of: (round: (typeof rounds)[number]) => number): number => percentile(warm.map(of), 0.5);
  return {
    name: `${POLICIES} policies told apart by ${by}, against ${MATCHING}`,
    figure: median((round) => round.many / round.few),
    unit: 'times',
    bar: { atMost: 2 },
    note: `${median((round) => round.many).toFixed(0)} ns against ${median((round) => round.few).toFixed(0)} ns`,
  };
}

export async function measureManyPolicies(): Promise<readonly Bar[]> {
  const bars: Bar[] = [];
  for (const scope of SCOPES) bars.push(await measure(scope));
  return bars;
}
