/** The syntax tree of Rego: modules, queries and terms as they were written, before any name is resolved. */
import type { PolicySource, Span } from '../source-position.ts';

/**
 * Every node is a span of its module's text (`sourceSpan` makes a line and a column of it). Trees nest at most
 * `MAX_NESTING` deep (parse/limits.ts), so that whoever walks one may recurse.
 */
export type Term = ScalarTerm | Variable | Ref | Call | Collection | Comprehension | Template;

export type ScalarTerm =
  | NullTerm
  | (Span & { readonly kind: 'boolean'; readonly value: boolean })
  | NumberTerm
  | StringTerm;

export type NullTerm = Span & { readonly kind: 'null' };

/** The number as it was written, because OPA prints it so: JSON's grammar, and `.5` besides. */
export type NumberTerm = Span & { readonly kind: 'number'; readonly text: string };

/** Unescaped; whether it was raw is not kept. It is well-formed: half of a surrogate pair became U+FFFD. */
export type StringTerm = Span & { readonly kind: 'string'; readonly value: string };

/**
 * Every `_` is another variable: `$0`, `$1`, … in the order of a text. `input` and `data` are never variables but
 * references without a path, except as names that something declares.
 */
export type Variable = Span & { readonly kind: 'variable'; readonly name: string };

/**
 * `head.name`, `head["name"]`, `head[term]`: in `path` a name after a dot is the string that it means. The path is
 * empty for `input` and `data` alone, and for the operator of a call.
 */
export type Ref = Span & { readonly kind: 'ref'; readonly head: RefHead; readonly path: readonly Term[] };

export type RefHead = Variable | Call | Collection | Comprehension;

/**
 * `operator` names a built-in function or a rule; an infix operator is the built-in of its name (`operators.ts`):
 * `a + b` is `plus(a, b)`, `x in xs` is `internal.member_2(x, xs)`, `-x` is `minus(0, x)`.
 */
export type Call = Span & {
  readonly kind: 'call';
  readonly operator: Ref;
  readonly arguments: readonly Term[];
  /** Written as an operator between or before its operands. */
  readonly infix: boolean;
};

/** As written: elements and keys may repeat, in a literal the last of equal keys counts. `set()` has no elements. */
export type Collection = Span &
  (
    | { readonly kind: 'array' | 'set'; readonly elements: readonly Term[] }
    | { readonly kind: 'object'; readonly entries: readonly ObjectEntry[] }
  );

export type ObjectEntry = { readonly key: Term; readonly value: Term };

export type Comprehension = Span &
  (
    | { readonly kind: 'arrayComprehension' | 'setComprehension'; readonly element: Term; readonly body: Body }
    | { readonly kind: 'objectComprehension'; readonly key: Term; readonly value: Term; readonly body: Body }
  );

/** `$"…{x}…"`: texts, never empty, and what is printed between them; an expression that is undefined prints as such. */
export type Template = Span & { readonly kind: 'template'; readonly parts: readonly TemplatePart[] };

/** A scalar is a part by itself where it was written alone between the braces. */
export type TemplatePart = ScalarTerm | TermExpression;

/** At least one expression, all of which must hold; the empty body of a rule holds always. */
export type Body = readonly Expression[];

/** What stands on one line of a body, with its `with`. */
export type Expression =
  | TermExpression
  | AssignExpression
  | SomeExpression
  | SomeInExpression
  | EveryExpression
  | NotExpression
  | LogicalExpression;

type Modified = Span & { readonly modifiers: readonly With[] };

/** `with target as value`. The target is `input…`, `data…`, or the name of a function, as a variable or a reference. */
export type With = Span & { readonly target: Ref | Variable; readonly value: Term };

/** `negated`: `not` before it, whose variables must be bound by other expressions. */
export type TermExpression = Modified & { readonly kind: 'term'; readonly negated: boolean; readonly term: Term };

/** `left = right` (unify) or `left := right` (assign). */
export type AssignExpression = Modified & {
  readonly kind: 'unify' | 'assign';
  readonly negated: boolean;
  readonly left: Term;
  readonly right: Term;
};

/** `some x, y`. */
export type SomeExpression = Modified & { readonly kind: 'some'; readonly variables: readonly Variable[] };

/** `some value in domain`, `some key, value in domain`; key and value are patterns, any terms. */
export type SomeInExpression = Modified & {
  readonly kind: 'someIn';
  readonly key?: Term;
  readonly value: Term;
  readonly domain: Term;
};

/** `every value in domain { body }`, `every key, value in domain { body }`. */
export type EveryExpression = Modified & {
  readonly kind: 'every';
  readonly key?: Variable;
  readonly value: Variable;
  readonly domain: Term;
  readonly body: Body;
};

/** `not { body }`, or `not` before one expression, where `future.keywords.not` is imported: the body has own variables. */
export type NotExpression = Modified & {
  readonly kind: 'not';
  readonly body: Body;
  /** Whether the body stands in braces. */
  readonly braces: boolean;
};

/** `left and right`, `left or right` where `future.keywords.and` or `.or` is imported; an operand is a body. */
export type LogicalExpression = Modified & {
  readonly kind: 'and' | 'or';
  readonly left: Operand;
  readonly right: Operand;
};

export type Operand = { readonly body: Body; readonly braces: boolean };

export type RegoVersion = 'v0' | 'v1';

export type Module = {
  readonly source: PolicySource;
  /** What it was parsed as. */
  readonly regoVersion: RegoVersion;
  /** Held to the rules of v1: a v1 module, or a v0 module that imports `rego.v1`. */
  readonly strict: boolean;
  readonly package: Package;
  readonly imports: readonly Import[];
  /** In the order of the text. A rule with several bodies (`p { … } { … }`) stands here once for each. */
  readonly rules: readonly Rule[];
  /** Every `# METADATA` block in the order of the text. */
  readonly annotations: readonly Annotations[];
};

/** Without the leading `data`. */
export type Package = Span & { readonly path: readonly string[] };

/** `path` begins with `data`, `input`, `rego` or `future`. */
export type Import = Span & { readonly path: readonly string[]; readonly alias?: string };

export type Rule = Span & {
  /** Its value where no other rule of the name gives one; it has no body. */
  readonly isDefault: boolean;
  readonly head: RuleHead;
  /** Empty where none was written. */
  readonly body: Body;
  /** `else` and what follows, in order: each is tried when the bodies before it did not hold. */
  readonly alternatives: readonly Alternative[];
  /** Those that apply to the rule itself, as OPA attaches them: scopes `rule` and `document`. */
  readonly annotations: readonly Annotations[];
};

export type RuleHead = Span & {
  /** The rule's path below its package: a variable that is its name, then any terms. */
  readonly ref: Ref & { readonly head: Variable };
  /** Of a function: at least one; patterns, any terms. */
  readonly parameters?: readonly Term[];
} & (
    | {
        readonly kind: 'value';
        /** `true` where none was written. */
        readonly value: Term;
        /** How the value was given; absent where none was written. */
        readonly assignment?: ':=' | '=';
      }
    /** `contains member`, and v0's `p[member]`. */
    | { readonly kind: 'contains'; readonly member: Term }
  );

/** Has the parameters of its rule's head; a wildcard among them is the same one. */
export type Alternative = Span & { readonly value: Term; readonly assignment?: ':=' | '='; readonly body: Body };

export type AnnotationScope = 'rule' | 'document' | 'package' | 'subpackages';

/** One `# METADATA` block; the span is that of its comments. */
export type Annotations = Span & {
  readonly scope: AnnotationScope;
  readonly title?: string;
  readonly description?: string;
  readonly entrypoint: boolean;
  readonly organizations: readonly string[];
  readonly relatedResources: readonly { readonly ref: string; readonly description?: string }[];
  readonly authors: readonly { readonly name?: string; readonly email?: string }[];
  readonly schemas: readonly SchemaAnnotation[];
  readonly compile?: { readonly unknowns: readonly Ref[]; readonly maskRule?: Ref };
  readonly custom?: { readonly [name: string]: AnnotationValue };
  readonly labels?: { readonly [name: string]: AnnotationValue };
  /** Of scope `rule` and `document` the ref of the rule below it, up to its first part that is not constant. */
  readonly target: readonly Term[];
};

/** `path` of the document and what its schema is: a path below `schema`, or the schema itself. */
export type SchemaAnnotation = { readonly path: Ref } & (
  | { readonly kind: 'reference'; readonly schema: Ref }
  | { readonly kind: 'definition'; readonly definition: AnnotationValue }
);

/** YAML as JSON has it; integers beyond 2^53 as bigint. */
export type AnnotationValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly AnnotationValue[]
  | { readonly [name: string]: AnnotationValue };
