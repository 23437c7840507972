/** What Rego policies may ask the other layers of the same decision: `countersign.allowed` and `countersign.related`. */
import type { AccessRequest, Action, Entity } from '../kernel/access-request.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import type { Builtin, BuiltinContext } from '../policy/rego/builtins/builtin.ts';
import { ANY_OBJECT } from '../policy/rego/builtins/rego-type.ts';
import type { Budget } from '../policy/rego/evaluate/budget.ts';
import { RegoError } from '../policy/rego/evaluate/rego-error.ts';
import { getOfObject } from '../policy/rego/values/access.ts';
import { isObject, type RegoValue, typeOf } from '../policy/rego/values/value.ts';
import type { Evaluation } from './evaluate.ts';
import type { Asking } from './layer.ts';
import { toJson } from './rego-verdict.ts';

/** The other layers of the snapshot, as one of them may ask. */
export type OtherLayers = {
  /** All of them but `asker`, combined as in any decision. */
  readonly decide: (asker: string, request: AccessRequest, asking: Asking) => Evaluation;
  /** Answered by relations, where there are any; the error says why there is no answer. */
  readonly related?: (subject: Entity, relation: string, resource: Entity) => Result<boolean, string>;
};

/** What an evaluation hands to the functions below. */
export type RegoHost = {
  readonly asker: string;
  readonly request: AccessRequest;
  readonly asking: Asking & { readonly budget: Budget };
  readonly others: OtherLayers;
};

/** What a question to other layers costs at least, in steps: they are no part of the count themselves. */
const STEPS_PER_QUESTION = 100;

/** Without an answer the evaluation ends: undefined would turn a `not` around it into a permit. */
export const HOST_FUNCTIONS: readonly Builtin[] = [
  {
    name: 'countersign.allowed',
    parameters: [ANY_OBJECT, { anyOf: ['string', ANY_OBJECT] }, ANY_OBJECT],
    result: 'boolean',
    nondeterministic: true,
    call: (context, subject, action, resource) => {
      const name = 'countersign.allowed';
      const { asker, request, asking, others } = hostOf(context, name);
      const asked: AccessRequest = {
        subject: entityOf(subject, name, 'subject'),
        action: actionOf(action, name),
        resource: entityOf(resource, name, 'resource'),
        context: request.context,
      };
      const { cause, effect, reasons } = others.decide(asker, asked, asking);
      if (cause.kind !== 'fault') return effect === 'allow';
      const why = reasons.map(({ message }) => message).join('; ');
      throw refusal(name, `\`${cause.layer}\` could not decide: ${why}`);
    },
  },
  {
    name: 'countersign.related',
    parameters: [ANY_OBJECT, 'string', ANY_OBJECT],
    result: 'boolean',
    nondeterministic: true,
    call: (context, subject, relation, resource) => {
      const name = 'countersign.related';
      const { others } = hostOf(context, name);
      if (typeof relation !== 'string') throw refusal(name, `the relation is a ${typeOf(relation)}, and no name`);
      const [from, to] = [entityOf(subject, name, 'subject'), entityOf(resource, name, 'resource')];
      if (others.related === undefined) throw refusal(name, 'no relations are configured');
      const related = others.related(from, relation, to);
      if (!related.ok) throw refusal(name, related.problem);
      return related.value;
    },
  },
];

function refusal(name: string, message: string): RegoError {
  return new RegoError('eval_builtin_error', `${name}: ${message}`);
}

function hostOf({ host }: BuiltinContext, name: string): RegoHost {
  if (host === undefined) {
    throw refusal(name, `only a decision has other layers; elsewhere replace it: \`with ${name} as true\``);
  }
  const given = host as RegoHost;
  const { budget } = given.asking;
  budget.left -= STEPS_PER_QUESTION;
  if (budget.left < 0) budget.look();
  return given;
}

function entityOf(value: RegoValue, name: string, part: string): Entity {
  const type = isObject(value) ? getOfObject(value, 'type') : undefined;
  const id = isObject(value) ? getOfObject(value, 'id') : undefined;
  if (typeof type !== 'string' || typeof id !== 'string') {
    throw refusal(name, `the ${part} must be an object with the strings \`type\` and \`id\``);
  }
  return { type, id, ...propertiesOf(value, name, part) };
}

function actionOf(value: RegoValue, name: string): Action {
  if (typeof value === 'string') return { name: value };
  const called = isObject(value) ? getOfObject(value, 'name') : undefined;
  if (typeof called !== 'string') throw refusal(name, 'the action must be a name, or an object with the string `name`');
  return { name: called, ...propertiesOf(value, name, 'action') };
}

function propertiesOf(value: RegoValue, name: string, part: string): { readonly properties?: JsonObject } {
  const properties = isObject(value) ? getOfObject(value, 'properties') : undefined;
  if (properties === undefined) return {};
  if (!isObject(properties)) throw refusal(name, `the properties of the ${part} must be an object`);
  return { properties: toJson(properties) as JsonObject };
}
