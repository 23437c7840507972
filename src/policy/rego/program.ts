/**
 * What checking makes of modules and queries, and both back ends compile: every name resolved, every nested call and
 * reference in an expression of its own, every body in an order in which it can be evaluated from first to last.
 */
import type { PolicySource, Span } from '../source-position.ts';
import type { RegoValue } from './values/value.ts';

/** A variable of one frame; frames are rule definitions, queries, comprehensions and the like together with what is nested in them. */
export type Local = { readonly kind: 'local'; readonly id: number };

/** A term without calls, references or comprehensions: what patterns and operands are. Ground parts are constants. */
export type Pattern =
  | { readonly kind: 'constant'; readonly value: RegoValue }
  | Local
  | { readonly kind: 'array'; readonly elements: readonly Pattern[] }
  /** All its locals are bound before it is reached: nothing unifies with a member of a set. */
  | { readonly kind: 'set'; readonly elements: readonly Pattern[] }
  /** Keys are bound before it is reached; values are patterns. */
  | { readonly kind: 'object'; readonly entries: readonly { readonly key: Pattern; readonly value: Pattern }[] };

/** Where something begins in a text. */
export type Place = { readonly source: PolicySource; readonly start: number };

/** A built-in as it is called: by its name, and where, as far as that is known. */
export type Called = string | { readonly name: string; readonly at: Place };

/** What gives values that a pattern is unified with: none, one, or several one after another. */
export type Source =
  /** All its locals are bound before it is reached: equations are taken apart until one side is. */
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | Reference
  | {
      readonly kind: 'builtin';
      readonly name: string;
      readonly arguments: readonly Pattern[];
      /** Of what an author wrote: where an error says that it is. */
      readonly at?: Place;
    }
  /** `path` begins below `data`: the rule set of a function. */
  | { readonly kind: 'function'; readonly path: readonly string[]; readonly arguments: readonly Pattern[] }
  | { readonly kind: 'arrayComprehension' | 'setComprehension'; readonly element: Pattern; readonly body: Body }
  | { readonly kind: 'objectComprehension'; readonly key: Pattern; readonly value: Pattern; readonly body: Body }
  /** String interpolation: an undefined part prints as `<undefined>`. */
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] };

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** Has no value where its body does not hold. */
  | { readonly kind: 'value'; readonly element: Pattern; readonly body: Body };

/** `root[path[0]][path[1]]…`; a local in the path that is not bound yet is bound to each key in turn. */
export type Reference = {
  readonly kind: 'reference';
  /** `data`: documents and rules; `input`; or a bound local. */
  readonly root: { readonly kind: 'data' } | { readonly kind: 'input' } | Local;
  readonly path: readonly Pattern[];
};

/** What is modified while one expression is evaluated; values are bound. */
export type Modifier = {
  readonly value: Pattern;
  readonly target:
    | { readonly kind: 'input' | 'data'; readonly path: readonly string[] }
    | { readonly kind: 'builtin'; readonly name: string }
    | { readonly kind: 'function'; readonly path: readonly string[] };
  /** The value is a function to be called instead: the name of a built-in, or a rule set. */
  readonly replacement?:
    | { readonly kind: 'builtin'; readonly name: string }
    | { readonly kind: 'function'; readonly path: readonly string[] };
};

export type Expression = Span & {
  readonly modifiers: readonly Modifier[];
} & (
    | { readonly kind: 'unify'; readonly pattern: Pattern; readonly source: Source }
    /** Some value of the source is neither false nor undefined. */
    | { readonly kind: 'test'; readonly source: Source }
    /** The body has no solution; it binds nothing outside. */
    | { readonly kind: 'not'; readonly body: Body }
    /** Each element of the domain satisfies the body. A domain that is no collection is undefined. */
    | {
        readonly kind: 'every';
        readonly key: Local | undefined;
        readonly value: Local;
        readonly domain: Pattern;
        readonly body: Body;
      }
    /** Some of the bodies has a solution; each binds nothing outside. */
    | { readonly kind: 'or'; readonly bodies: readonly Body[] }
  );

export type Body = readonly Expression[];

/** One way in which a rule gets a value. */
export type Definition = Span & {
  readonly source: PolicySource;
  /** How many locals its frame has. */
  readonly locals: number;
  /** The names of locals as the author wrote them; a local without one is ours. */
  readonly names: ReadonlyMap<number, string>;
  readonly parameters: readonly Pattern[];
  /** Below the path of the rule set: the parts of a head such as `p[x].q[y]`, each bound by the body or constant. */
  readonly keys: readonly Pattern[];
  /** What stands at the end of the keys: a value, or a set of which this definition gives members (`contains`). */
  readonly gives: 'value' | 'member';
  /** In order: the first body with a solution gives the value; more than one only with `else`. */
  readonly choices: readonly { readonly body: Body; readonly value: Pattern }[];
};

/**
 * All rules of one ground path; no path is the beginning of another one (where a rule with variables in its head meets
 * ground ones below it, the parts of their paths have become constant keys of its rule set). `complete`: one value;
 * `set`: members, no keys; `object`: every definition has keys. A set or an object is empty, and not undefined, where no
 * definition has a solution.
 */
export type RuleSet = {
  readonly path: readonly string[];
  readonly kind: 'complete' | 'function' | 'set' | 'object';
  readonly arity: number;
  readonly definitions: readonly Definition[];
  /** Of complete rules and functions: what holds where no definition gives a value. */
  readonly byDefault: Definition | undefined;
};

export type Program = {
  /** By `path.join('\0')`. */
  readonly rules: ReadonlyMap<string, RuleSet>;
  readonly replaced: Replaced;
};

/** Functions and built-ins that some `with` replaces, and paths of `data` that some `with` sets: what must look. */
export type Replaced = {
  readonly builtins: ReadonlySet<string>;
  /** By `path.join('\0')`. */
  readonly functions: ReadonlySet<string>;
  readonly data: readonly (readonly string[])[];
};

/** A query with the variables that its answers name. */
export type Query = {
  readonly source: PolicySource;
  readonly locals: number;
  readonly names: ReadonlyMap<number, string>;
  readonly body: Body;
  /** Shown in answers: the name, and the local that holds its value. */
  readonly answers: readonly { readonly name: string; readonly local: number }[];
  /** By a `with` of the query itself: what rules must look at as well when the query evaluates them. Absent: nothing. */
  readonly replaced?: Replaced;
};
