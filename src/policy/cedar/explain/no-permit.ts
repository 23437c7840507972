/** Why not a single permit was considered: none speaks of the action, or of such principals and resources. */
import type { ResolvedRequest } from '../authorize/resolve-request.ts';
import type { CompiledPolicy } from '../authorize/policy-index.ts';
import { admitsAction, type Scope } from '../authorize/scope.ts';
import { describeValue } from '../emit/describe-value.ts';
import type { EntityType } from '../value.ts';
import type { NoPermit } from './explanation.ts';

/** Of actions, or of pairs of types, that permits speak of instead. */
const SHOWN = 8;

/** For a set of which no permit admits action and types of the request. */
export function noPermitFor(
  policies: readonly CompiledPolicy[],
  { principal, action, resource }: ResolvedRequest,
): NoPermit {
  const permits = policies.filter(({ syntax }) => syntax.effect === 'permit').map(({ scope }) => scope);
  if (permits.length === 0) return { for: 'action', message: 'the set has no permit, and without one all is denied' };
  const ofAction = permits.filter((scope) => admitsAction(scope, action));
  const name = `\`${describeValue(action)}\``;
  if (ofAction.length === 0) {
    return {
      for: 'action',
      message: `no permit speaks of ${name}; there are permits for ${listed(permits, actionsOf)}`,
    };
  }
  const asked = `a principal of type \`${principal.type.name}\` and a resource of type \`${resource.type.name}\``;
  return {
    for: 'types',
    message: `no permit for ${name} speaks of ${asked}; those that there are speak of ${listed(ofAction, typesOf)}`,
  };
}

function listed(scopes: readonly Scope[], describe: (scope: Scope) => readonly string[]): string {
  const all = [...new Set(scopes.flatMap(describe))];
  const more = all.length - SHOWN;
  return [...all.slice(0, SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function actionsOf({ action }: Scope): readonly string[] {
  if (action.kind === 'any') return [];
  return action.entities.map((entity) => `\`${describeValue(entity)}\``);
}

function typesOf({ principalType, resourceType }: Scope): readonly string[] {
  return [`${typeName(principalType)} on ${typeName(resourceType)}`];
}

function typeName(type: EntityType | undefined): string {
  return type === undefined ? 'any type' : `\`${type.name}\``;
}
