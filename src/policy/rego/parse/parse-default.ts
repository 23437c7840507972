/** `default` rules and functions: what they give must be known without evaluating anything. */
import type { Rule, Term } from '../syntax.ts';
import { findEvaluated } from './ground.ts';
import type { WrittenHead } from './parse-head.ts';
import { quote } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

/** The rule behind `default`, which stands at `start`. */
export function parseDefault(tokens: TokenStream, written: WrittenHead, start: number): Rule | undefined {
  const { ref, nameEnd, parameters, value, assignment } = written;
  if (value === undefined) return refuseValueless(tokens, written, start);
  const evaluated = findEvaluated(value);
  if (evaluated !== undefined) return refuseValue(tokens, evaluated);
  if (parameters !== undefined && !checkParameters(tokens, parameters)) return undefined;
  const head = {
    kind: 'value',
    start: written.start,
    end: value.end,
    ref,
    ...(parameters === undefined ? {} : { parameters }),
    value,
    ...(assignment === undefined ? {} : { assignment }),
  } as const;
  const end = Math.max(nameEnd, tokens.previousEnd);
  return { start, end, isDefault: true, head, body: [], alternatives: [], annotations: [] };
}

function refuseValueless(tokens: TokenStream, { nameEnd, member }: WrittenHead, start: number): undefined {
  const message = 'a default rule needs a value';
  const hint = member === undefined ? 'write `default name := value`' : 'a set without members is empty by itself';
  return tokens.fail({
    code: 'rego/bad-default',
    message,
    hint,
    opa: 'illegal default rule (must have a value)',
    start,
    end: nameEnd,
  });
}

function refuseValue(tokens: TokenStream, { kind, start, end }: Term): undefined {
  const text = quote(tokens.source.text.slice(start, end));
  const message = `the value of a default rule cannot be computed, and ${text} is`;
  const hint = 'write a constant; a comprehension may compute';
  const word = kind === 'variable' ? 'var' : kind;
  const opa = `illegal default rule (value cannot contain ${word})`;
  return tokens.fail({ code: 'rego/bad-default', message, hint, opa, start, end });
}

function checkParameters(tokens: TokenStream, parameters: readonly Term[]): boolean {
  const seen = new Set<string>();
  for (const parameter of parameters) {
    const { start, end } = parameter;
    const text = quote(tokens.source.text.slice(start, end));
    if (parameter.kind !== 'variable') {
      const message = `a parameter of a default function is a name or \`_\`, not ${text}`;
      const opa = `illegal default rule (arguments cannot contain ${parameter.kind})`;
      tokens.fail({ code: 'rego/bad-default', message, opa, start, end });
      return false;
    }
    if (seen.has(parameter.name)) {
      const message = `two parameters of the default function are called ${text}`;
      const opa = `illegal default rule (arguments cannot be repeated ${parameter.name})`;
      tokens.fail({ code: 'rego/bad-default', message, opa, start, end });
      return false;
    }
    seen.add(parameter.name);
  }
  return true;
}
