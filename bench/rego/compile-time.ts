/** How long ten thousand lines of Rego take from text to the first decision. */
import { type Backend, compileRego } from '../../src/policy/rego/compile.ts';
import type { Bar } from '../bar.ts';

const LINES = 10_000;
const LINES_OF_MODULE = 500;

/** A mixture of what people write: routes, sets with comprehensions, functions, messages. */
function ruleText(index: number): string {
  return `
allow if {
  input.method == "GET"
  input.path = ["v1", "service${index}", owner]
  some role in data.users[input.user].roles
  role in {"admin", "role${index}"}
  owner != "nobody"
}

violations contains message if {
  some container in input.containers
  not startswith(container.image, "registry${index}.example.com/")
  message := sprintf("image %s of %s is not from registry ${index}", [container.image, container.name])
}

limit_${index}(kind) := total if {
  total := sum([item.amount | some item in input.items; item.kind == kind; item.amount > ${index}])
}
`;
}

function modules(): { readonly file: string; readonly text: string }[] {
  const lines = ruleText(0).split('\n').length - 1;
  const perModule = Math.floor(LINES_OF_MODULE / lines);
  const count = Math.ceil(LINES / (perModule * lines + 4));
  return Array.from({ length: count }, (_, number) => ({
    file: `module${number}.rego`,
    text: `package bench.module${number}\n\ndefault allow := false\n${Array.from({ length: perModule }, (_each, index) => ruleText(index)).join('')}`,
  }));
}

/** To be called first, before anything else has warmed the compiler. */
export function measureCompileTime(): readonly Bar[] {
  return (['javascript', 'closures'] as const).map(measure);
}

function measure(backend: Backend): Bar {
  const texts = modules();
  const lines = texts.reduce((sum, { text }) => sum + text.split('\n').length, 0);
  const started = performance.now();
  const policy = compileRego({ modules: texts, backend });
  if (!policy.ok) throw new Error(policy.problem[0]?.message);
  const compileMs = performance.now() - started;
  const decision = policy.value.decision('data.bench.module3.allow');
  if (!decision.ok) throw new Error(decision.problem[0]?.message);
  const decided = decision.value.evaluate({ method: 'GET' });
  const firstMs = performance.now() - started - compileMs;
  if (!decided.ok || decided.value !== false) throw new Error('the first decision is another one');
  return {
    name: `compile ${lines} lines and decide once, ${backend}`,
    figure: compileMs + firstMs,
    unit: 'ms',
    bar: { atMost: 2000 },
    note: `${compileMs.toFixed(0)} ms to compile, ${firstMs.toFixed(0)} ms for the first decision, cold`,
  };
}
