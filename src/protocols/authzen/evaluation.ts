/** The access evaluation (Authorization API 1.0 §6): one question in, `decision` and the id of its record out. */
import type { EventId } from '../../kernel/event-id.ts';
import type { Actor } from '../../kernel/ledger-event.ts';
import type { Decide } from '../../kernel/ports.ts';
import { parseAccessRequest } from '../access-request-json.ts';

export const EVALUATION_PATH = '/access/v1/evaluation';

/** A denial is an answer like any other, with status 200; why is for the operator, who asks with the id. */
export type EvaluationAnswer = { readonly decision: boolean; readonly context: { readonly id: EventId } };

export type Evaluated =
  | { readonly kind: 'answered'; readonly answer: EvaluationAnswer }
  | { readonly kind: 'refused'; readonly status: 400; readonly message: string };

export async function evaluate(body: string, asker: Actor, decide: Decide): Promise<Evaluated> {
  const request = parseAccessRequest(body);
  if (!request.ok) return { kind: 'refused', status: 400, message: request.problem.message };
  const { kind, decision } = await decide(request.value, asker);
  return { kind: 'answered', answer: { decision: kind === 'permitted', context: { id: decision.id } } };
}
