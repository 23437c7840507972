/** How long a thousand policies take from text to the first decision. */
import { type Backend, compileCedar } from '../../src/policy/cedar/compile.ts';
import type { CedarRequest } from '../../src/policy/cedar/authorize/cedar-request.ts';
import { EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import type { Bar } from '../bar.ts';

const POLICIES = 1000;

/** As a console makes them: one for each right that was given. */
function simplePolicy(index: number): string {
  const [user, folder] = [`User::"u${index}"`, `Folder::"f${index % 100}"`];
  return `permit (principal == ${user}, action in [Action::"view", Action::"edit"], resource in ${folder});`;
}

/** As people write them, and each in scope of every request. None is satisfied, so that a decision looks at all. */
function richPolicy(index: number): string {
  return `@id("rule-${index}")
permit (principal is User, action, resource)
when {
  (resource.owner == principal && resource.tags.containsAny(["t${index}", "shared"])) ||
  (principal.clearance >= ${index} * 2 + 1000 && context has address && context.address.isInRange(ip("10.${index % 256}.0.0/16")))
}
unless {
  resource.name like "draft-${index}-*" || (if principal has suspended then principal.suspended else false) ||
  [User::"root", User::"u${index}"].contains(principal) || decimal("${index}.5").lessThan(resource.rating)
};`;
}

const REQUEST: CedarRequest = {
  principal: { type: 'User', id: 'nobody' },
  action: { type: 'Action', id: 'view' },
  resource: { type: 'Document', id: 'd' },
};

function makeStore(): EntityStore {
  const store = new EntityStore();
  const owner = { __entity: { type: 'User', id: 'someone' } };
  const put = store.put([
    { uid: REQUEST.principal, attrs: { clearance: 3 }, parents: [] },
    { uid: REQUEST.action, attrs: {}, parents: [] },
    {
      uid: REQUEST.resource,
      attrs: { owner, tags: [], name: 'plan', rating: { __extn: { fn: 'decimal', arg: '0.5' } } },
      parents: [],
    },
  ]);
  if (!put.ok) throw new Error(put.problem[0]?.message);
  return store;
}

async function measure(name: string, policyOf: (index: number) => string, backend: Backend): Promise<Bar> {
  const policies = Array.from({ length: POLICIES }, (_, index) => policyOf(index)).join('\n');
  const entities = makeStore();
  const started = performance.now();
  const compiled = await compileCedar({ policies, entities, backend });
  if (!compiled.ok) throw new Error(compiled.problem[0]?.message);
  const compileMs = performance.now() - started;
  const decision = compiled.value.decide(REQUEST);
  const firstMs = performance.now() - started - compileMs;
  const { errors } = compiled.value.explain(REQUEST);
  if (decision !== 'deny' || errors.length > 0) throw new Error(`${decision}, ${errors[0]?.message}`);
  const note = `${compileMs.toFixed(1)} ms to compile, ${firstMs.toFixed(1)} ms for the first decision, cold`;
  return {
    name: `compile ${POLICIES} ${name} policies and decide once, ${backend}`,
    figure: compileMs + firstMs,
    unit: 'ms',
    bar: { atMost: 1000 },
    note,
  };
}

/** To be called first, before anything else has warmed the compiler. */
export async function measureCompileTime(): Promise<readonly Bar[]> {
  const bars: Bar[] = [];
  for (const backend of ['javascript', 'closures'] as const) {
    bars.push(await measure('rich', richPolicy, backend), await measure('simple', simplePolicy, backend));
  }
  return bars;
}
