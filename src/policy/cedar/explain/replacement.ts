/** The environment in which one path has another value: with a new context, another entity, or under an assumption. */
import { closureOf } from '../emit/closures.ts';
import type { Environment } from '../emit/environment.ts';
import { EvaluationError } from '../emit/evaluation-error.ts';
import type { Plan } from '../plan/plan.ts';
import type { AttributeType, CedarSchema, CedarType } from '../schema/cedar-schema.ts';
import { valueFromJson, valueToJson } from '../schema/value-json.ts';
import { CedarRecord, Entity, fieldsOf, type Value } from '../value.ts';

/** `undefined` takes the attribute or tag away. Gives undefined where that cannot be, also for the schema. */
export function replaced(
  plan: Plan,
  value: Value | undefined,
  environment: Environment,
  schema: CedarSchema | undefined,
): Environment | undefined {
  if (plan.kind === 'variable') return replacedVariable(plan.name, value, environment);
  if (plan.kind === 'binary' && plan.operator === 'getTag') {
    const [owner, name] = [closureOf(plan.left)(environment), closureOf(plan.right)(environment)];
    if (!(owner instanceof Entity) || typeof name !== 'string') return undefined;
    const type = schema?.entityTypes.get(owner.type.name)?.tags;
    if (!allows(schema, type && { type, required: false }, value)) return undefined;
    return { ...environment, assumption: { kind: 'tag', owner, name, value } };
  }
  if (plan.kind !== 'attribute') return undefined;
  const { operand, name } = plan;
  const owner = closureOf(operand)(environment);
  if (owner instanceof Entity) {
    if (!allows(schema, schema?.entityTypes.get(owner.type.name)?.shape.attributes.get(name), value)) return undefined;
    return { ...environment, assumption: { kind: 'attribute', owner, name, value } };
  }
  // What is missing on the way is a record that has only this.
  const record = owner instanceof EvaluationError && value !== undefined ? CedarRecord.EMPTY : owner;
  if (!(record instanceof CedarRecord)) return undefined;
  if (operand.kind === 'variable') {
    const { type, id } = environment.action;
    const context = schema?.actionOf({ type: type.name, id })?.context;
    if (!allows(schema, context?.attributes.get(name), value)) return undefined;
  }
  return replaced(operand, withField(record, name, value), environment, schema);
}

/** Another principal or resource is of the same type: of another one other policies speak. */
function replacedVariable(
  name: Extract<Plan, { readonly kind: 'variable' }>['name'],
  value: Value | undefined,
  environment: Environment,
): Environment | undefined {
  if (name === 'context') return value instanceof CedarRecord ? { ...environment, context: value } : undefined;
  if (name === 'action' || !(value instanceof Entity) || value.type !== environment[name].type) return undefined;
  return { ...environment, [name]: value };
}

function withField(record: CedarRecord, name: string, value: Value | undefined): CedarRecord {
  const others = fieldsOf(record).filter(([other]) => other !== name);
  return CedarRecord.of(value === undefined ? others : [...others, [name, value]]);
}

function allows(
  schema: CedarSchema | undefined,
  declared: AttributeType | undefined,
  value: Value | undefined,
): boolean {
  if (schema === undefined) return true;
  if (declared === undefined) return false;
  return value === undefined ? !declared.required : conforms(value, declared.type, schema);
}

function conforms(value: Value, type: CedarType, schema: CedarSchema): boolean {
  const resolve = (typeName: string, id: string): Entity =>
    new Entity({ name: typeName, ordinal: 0, entities: new Map() }, id, 0);
  return valueFromJson(valueToJson(value), type, resolve, schema).ok;
}
