/** The scope of a policy in Cedar's text form: what stands in the parentheses after `permit` or `forbid`. */
import type { EntityUid } from '../entity-uid.ts';
import type { ActionConstraint, ScopeConstraint, ScopeEntity, Slot } from '../syntax.ts';
import { isActionType } from './names.ts';
import { parsePath, parseTypeName, takeString, withId } from './parse-literal.ts';
import { quote } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

export type Scope = {
  readonly principal: ScopeConstraint;
  readonly action: ActionConstraint;
  readonly resource: ScopeConstraint;
};

type Part = 'principal' | 'action' | 'resource';

/** Where conditions belong that the scope does not have. */
const MORE = 'further conditions stand after the scope, in `when { … }`';

/** Stands where nothing could be parsed, in a policy that nobody will see. */
const NO_ENTITY: EntityUid = { type: '', id: '' };

export function parseScope(tokens: TokenStream): Scope {
  tokens.expect('(', '`(` and the scope');
  const principal = parseConstraint(tokens, 'principal');
  expectComma(tokens, 'action');
  const action = parseActionConstraint(tokens);
  expectComma(tokens, 'resource');
  const resource = parseConstraint(tokens, 'resource');
  tokens.accept(',');
  if (!tokens.accept(')')) tokens.unexpected('`)` at the end of the scope', hintAfterConstraint(tokens));
  return { principal, action, resource };
}

function expectComma(tokens: TokenStream, part: Part): void {
  if (!tokens.accept(',')) tokens.unexpected(`\`,\` and the ${part}`, hintAfterConstraint(tokens));
}

function hintAfterConstraint(tokens: TokenStream): string | undefined {
  return tokens.at('&&') || tokens.at('||') ? MORE : undefined;
}

/** The variable that each of the three parts begins with. */
function takeVariable(tokens: TokenStream, part: Part): void {
  if (!tokens.acceptWord(part)) {
    tokens.unexpected(`\`${part}\``, 'the scope names principal, action and resource, in this order');
  }
  if (tokens.at(':')) tokens.unexpected('`,` or a constraint', `types are tested as \`${part} is Type\``);
  if (tokens.at('.'))
    tokens.unexpected('`,` or a constraint', `attributes are tested after the scope, in \`when { ${part}.… }\``);
}

function parseConstraint(tokens: TokenStream, part: 'principal' | 'resource'): ScopeConstraint {
  const { start } = tokens;
  takeVariable(tokens, part);
  const slot: Slot = `?${part}`;
  if (tokens.acceptWord('is')) {
    const entityType = parseTypeName(tokens);
    if (tokens.at('==')) tokens.unexpected('`in` or `,`', `\`${part} == …\` names the type already`);
    if (!tokens.acceptWord('in')) return { span: tokens.spanFrom(start), kind: 'is', entityType };
    const entity = parseScopeEntity(tokens, slot);
    return { span: tokens.spanFrom(start), kind: 'is', entityType, in: entity };
  }
  const kind = takeOperator(tokens);
  if (kind === undefined) return { span: tokens.spanFrom(start), kind: 'any' };
  const entity = parseScopeEntity(tokens, slot);
  return { span: tokens.spanFrom(start), kind, entity };
}

function takeOperator(tokens: TokenStream): '==' | 'in' | undefined {
  if (tokens.accept('==')) return '==';
  if (tokens.acceptWord('in')) return 'in';
  const others = ['=', '!=', '<', '<=', '>', '>='] as const;
  if (others.some((other) => tokens.at(other)) || tokens.atWord('has') || tokens.atWord('like')) {
    tokens.unexpected('`==`, `in`, `is` or the end of the constraint', tokens.at('=') ? undefined : MORE);
  }
  return undefined;
}

/** An entity, in any number of parentheses; or the slot of the part, which an action has not. */
function parseScopeEntity(tokens: TokenStream, slot: Slot | undefined): ScopeEntity {
  const parentheses = takeParentheses(tokens);
  const entity = parseEntity(tokens, slot);
  closeParentheses(tokens, parentheses);
  return entity;
}

function takeParentheses(tokens: TokenStream): number {
  let count = 0;
  while (tokens.accept('(')) count += 1;
  return count;
}

function closeParentheses(tokens: TokenStream, count: number): void {
  for (let left = count; left > 0 && !tokens.failed; left -= 1) tokens.expect(')');
}

function parseEntity(tokens: TokenStream, slot: Slot | undefined): ScopeEntity {
  const { span } = tokens;
  const wanted =
    slot === undefined ? 'an action such as `Action::"read"`' : `an entity such as \`User::"alice"\`, or \`${slot}\``;
  if (tokens.at('slot')) return takeSlot(tokens, slot);
  if (tokens.at('identifier')) {
    const path = parsePath(tokens);
    if (path.kind === 'entity') return path.uid;
    const is = slot === undefined ? '' : `to test the type, write ${quote(`is ${path.name}`)}; `;
    const hint = `${is}to name one entity, write ${quote(withId(path.name))}`;
    tokens.fail('cedar/bad-scope', `expected ${wanted}, found the name ${quote(path.name)}`, path.span, hint);
    return NO_ENTITY;
  }
  if (tokens.at('string')) {
    const { text } = tokens;
    takeString(tokens);
    tokens.report(
      'cedar/bad-scope',
      `expected ${wanted}, found the string ${quote(text)}`,
      span,
      'the type stands before the id',
    );
    return NO_ENTITY;
  }
  const hint =
    tokens.at('[') && slot !== undefined
      ? 'only the action may be `in` a list; for others test it in `when { … }`'
      : undefined;
  tokens.unexpected(wanted, hint);
  return NO_ENTITY;
}

function takeSlot(tokens: TokenStream, slot: Slot | undefined): ScopeEntity {
  const { span, text } = tokens;
  tokens.advance();
  if (text === slot) return slot;
  const hint =
    slot === undefined
      ? 'the slots are `?principal` and `?resource`; actions have none'
      : `the slot of this place is \`${slot}\``;
  tokens.report('cedar/misplaced-slot', `the slot ${quote(text)} cannot stand here`, span, hint);
  return NO_ENTITY;
}

function parseActionConstraint(tokens: TokenStream): ActionConstraint {
  const { start } = tokens;
  takeVariable(tokens, 'action');
  if (tokens.atWord('is')) {
    tokens.unexpected(
      '`==`, `in` or the end of the constraint',
      'all actions are of the type `Action`: name them, or their group',
    );
  }
  const kind = takeOperator(tokens);
  if (kind === undefined) return { span: tokens.spanFrom(start), kind: 'any' };
  if (kind === 'in') {
    const entities = parseActions(tokens);
    return { span: tokens.spanFrom(start), kind, entities };
  }
  const entity = parseAction(tokens);
  return { span: tokens.spanFrom(start), kind, entity };
}

/** One action, or a list of them, which may be empty. */
function parseActions(tokens: TokenStream): readonly EntityUid[] {
  const parentheses = takeParentheses(tokens);
  const actions: EntityUid[] = [];
  if (tokens.accept('[')) {
    while (!tokens.at(']')) {
      actions.push(parseAction(tokens));
      if (!tokens.accept(',')) break;
    }
    tokens.expect(']', '`,` or `]`');
  } else actions.push(parseAction(tokens));
  closeParentheses(tokens, parentheses);
  return actions;
}

function parseAction(tokens: TokenStream): EntityUid {
  const { start } = tokens;
  const entity = parseScopeEntity(tokens, undefined);
  // Without a slot of its own the place gives none.
  if (typeof entity === 'string') return NO_ENTITY;
  if (entity !== NO_ENTITY && !isActionType(entity.type)) {
    const hint = 'actions are of the type `Action`, or of `Action` in a namespace';
    tokens.report('cedar/bad-scope', `${quote(entity.type)} is not a type of actions`, tokens.spanFrom(start), hint);
  }
  return entity;
}
