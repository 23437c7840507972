/** Why a Rego layer did not permit: which expressions failed first, on which values, and what would have helped. */
import type { SourceSpan } from '../kernel/source-span.ts';
import type { Explanation, Reason, Remedy, Verdict } from '../kernel/verdict.ts';
import type { PreparedDecision } from '../policy/rego/compile.ts';
import type { FailedExpression, RegoExplanation } from '../policy/rego/explain/explanation.ts';
import type { RegoValue } from '../policy/rego/values/value.ts';

/** A rule that some `deny` negates: where it holds, that `deny` does not. */
export type Safeguard = {
  readonly name: string;
  /** Of the `deny`. */
  readonly of: SourceSpan;
  readonly decision: PreparedDecision;
};

export type Explainable = {
  readonly package: string;
  readonly allow: { readonly decision: PreparedDecision; readonly span: SourceSpan } | undefined;
  readonly deny:
    | { readonly decision: PreparedDecision; readonly span: SourceSpan; readonly safeguards: readonly Safeguard[] }
    | undefined;
};

/** Evaluates once more, as the decision was, and looks on. */
export type Ask = (decision: PreparedDecision) => RegoExplanation<RegoValue | undefined>;

export function explainVerdict(
  { package: name, allow, deny }: Explainable,
  verdict: Verdict,
  ask: Ask,
): Omit<Explanation, 'verdict'> {
  if (verdict.kind === 'forbid' && deny !== undefined) {
    const held = ask(deny.decision)
      .rules.slice(0, 1)
      .flatMap(({ bodies }) => bodies.filter(({ kind }) => kind === 'held'));
    const parts = held.map(({ at }) => againstDenial(name, at, deny.safeguards, ask));
    return { remedies: parts.flatMap(({ remedies }) => remedies), unmet: parts.flatMap(({ unmet }) => unmet) };
  }
  if (verdict.kind === 'abstain' && verdict.speaks && allow !== undefined) {
    const { rules } = ask(allow.decision);
    const bodies = rules.slice(0, 1).flatMap(({ bodies: all }) => all);
    const remedies = bodies.flatMap((body) => {
      return body.kind === 'failed'
        ? [remedy(name, `for \`${name}\`: let \`${body.failed.text}\` hold`, body.failed.at)]
        : [];
    });
    const none = remedy(name, `write a rule \`allow\` in \`${name}\` that holds for this request`, allow.span);
    return { remedies: remedies.length > 0 ? remedies : [none], unmet: unmetOf(rules) };
  }
  return { remedies: [] };
}

function againstDenial(
  name: string,
  at: SourceSpan,
  safeguards: readonly Safeguard[],
  ask: Ask,
): { readonly remedies: readonly Remedy[]; readonly unmet: readonly Reason[] } {
  const own = safeguards.filter(({ of }) => of.file === at.file && of.line === at.line && of.column === at.column);
  const through = own.map((each) =>
    remedy(name, `against \`${name}\`: let \`${each.name}\` hold, see what was not met`, at),
  );
  const other = remedy(name, `against \`${name}\`: a request, or data, for which this \`deny\` does not hold`, at);
  return { remedies: [...through, other], unmet: own.flatMap(({ decision }) => unmetOf(ask(decision).rules)) };
}

function remedy(policy: string, message: string, span: SourceSpan): Remedy {
  return { policy, message, span };
}

function unmetOf(rules: RegoExplanation<unknown>['rules']): readonly Reason[] {
  return rules.flatMap(({ rule, bodies }) =>
    bodies.flatMap((body) => (body.kind === 'failed' ? conditionsOf(rule.replace(/^data\./u, ''), body.failed) : [])),
  );
}

function conditionsOf(
  policy: string,
  { at, text, because, values, tried, error, inner }: FailedExpression,
): readonly Reason[] {
  const read = values.map(({ expression, value }) => {
    return value === 'undefined' ? `\`${expression}\` is undefined` : `\`${expression}\` is \`${value}\``;
  });
  const state = error === undefined ? STATES[because] : `${STATES[because]}: ${error}`;
  const each = tried > 1 ? `${state}, for each of ${tried} elements` : state;
  const reason: Reason = {
    policy,
    rule: `\`${text}\``,
    span: at,
    message: [each, read.join(', ')].filter(Boolean).join('; '),
  };
  return inner === undefined ? [reason] : [reason, ...conditionsOf(policy, inner)];
}

const STATES: Readonly<Record<FailedExpression['because'], string>> = {
  undefined: 'is undefined',
  false: 'does not hold',
  different: 'does not hold',
  negated: 'does not hold, since what it negates does',
  element: 'does not hold for an element',
  alternatives: 'does not hold: none of its alternatives does',
  error: 'could not be evaluated',
};
