/** OPA's capabilities: what a policy may use, read from the JSON that `opa capabilities` prints. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';

/** Of the version of OPA (or of the service) that a policy is written for. What is not here may not be used. */
export type Capabilities = {
  readonly builtins: ReadonlySet<string>;
  readonly features: ReadonlySet<string>;
  readonly futureKeywords: ReadonlySet<string>;
  /** Absent: any host, as far as the evaluation's own list allows it. */
  readonly allowNet: readonly string[] | undefined;
};

const KNOWN: ReadonlySet<string> = new Set([
  'builtins',
  'features',
  'future_keywords',
  'allow_net',
  'wasm_abi_versions',
]);

/**
 * `value` as `JSON.parse` made it. Types of built-ins are not read: a function is what it is here. Problems:
 * `rego/bad-capabilities`, one for each member that is not as OPA writes it.
 */
export function readCapabilities(value: unknown): Result<Capabilities, readonly Problem[]> {
  const problems: Problem[] = [];
  const refuse = (message: string): void => {
    problems.push({ code: 'rego/bad-capabilities', message, hint: 'write them with `opa capabilities --current`' });
  };
  if (!isRecord(value)) {
    refuse('capabilities are an object');
    return err(problems);
  }
  for (const name of Object.keys(value)) if (!KNOWN.has(name)) refuse(`capabilities have no \`${name}\``);
  const names = (member: string): readonly string[] => {
    const list = Object.hasOwn(value, member) ? value[member] : [];
    if (Array.isArray(list) && list.every((name) => typeof name === 'string')) return list;
    refuse(`\`${member}\` of capabilities is an array of strings`);
    return [];
  };
  const capabilities: Capabilities = {
    builtins: new Set(builtinNames(value, refuse)),
    features: new Set(names('features')),
    futureKeywords: new Set(names('future_keywords')),
    allowNet: Object.hasOwn(value, 'allow_net') ? names('allow_net') : undefined,
  };
  return problems.length > 0 ? err(problems) : ok(capabilities);
}

function builtinNames(value: Members, refuse: (message: string) => void): readonly string[] {
  const list = Object.hasOwn(value, 'builtins') ? value['builtins'] : [];
  if (!Array.isArray(list)) {
    refuse('`builtins` of capabilities is an array of objects');
    return [];
  }
  return list.flatMap((builtin: unknown, index) => {
    const name = isRecord(builtin) ? builtin['name'] : undefined;
    const declaration = isRecord(builtin) ? builtin['decl'] : undefined;
    if (typeof name === 'string' && isRecord(declaration)) return name;
    refuse(`\`builtins[${index}]\` of capabilities is an object with \`name\` and \`decl\``);
    return [];
  });
}

type Members = { readonly [name: string]: unknown };

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
