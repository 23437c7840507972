/** Which rules denied: the place of each message, found by evaluating `deny` once more and looking on. */
import type { SourceSpan } from '../kernel/source-span.ts';
import { compileRego, type RegoSource } from '../policy/rego/compile.ts';
import type { EvaluateOptions } from '../policy/rego/evaluate/begin.ts';
import type { Observer } from '../policy/rego/interpret/observer.ts';
import type { Definition } from '../policy/rego/program.ts';
import { mapKey } from '../policy/rego/values/key.ts';
import type { RegoValue } from '../policy/rego/values/value.ts';
import { sourceSpan } from '../policy/source-position.ts';

/** By member of a set, or by the whole value: the rule that gave it first. */
export type Attribution = (input: RegoValue, options: EvaluateOptions) => (value: RegoValue) => SourceSpan | undefined;

/**
 * `path` is that of the rule below `data`. The back end that lets itself be looked at is slow, so that it evaluates
 * denials alone, and is not compiled before the first one.
 */
export function attributionOf(source: RegoSource, path: readonly string[], reference: string): Attribution {
  const found = new Map<unknown, Definition>();
  let own: ReadonlySet<Definition> = new Set();
  const observer: Observer = (event) => {
    if (event.kind === 'rule' && event.set.path.join('\0') === path.join('\0')) own = new Set(event.set.definitions);
    if (event.kind !== 'solution' || !own.has(event.definition)) return;
    const key = mapKey(event.value);
    if (!found.has(key)) found.set(key, event.definition);
  };
  let policy: ReturnType<typeof compileRego> | undefined;
  return (input, options) => {
    policy ??= compileRego({ ...source, observer });
    const decision = policy.ok ? policy.value.decision(reference) : policy;
    if (decision.ok) decision.value.evaluate(input, options);
    const places = new Map(found);
    found.clear();
    return (value) => {
      const definition = places.get(mapKey(value));
      return definition === undefined ? undefined : sourceSpan(definition.source, definition);
    };
  };
}
