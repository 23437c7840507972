/** The access evaluation (Authorization API 1.0 §6): one question in, `decision` and the id of its record out. */
import type { EventId } from '../../kernel/event-id.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Actor } from '../../kernel/ledger-event.ts';
import type { Decide } from '../../kernel/ports.ts';
import { parseAccessRequest } from '../access-request-json.ts';

export const EVALUATION_PATH = '/access/v1/evaluation';

/** A denial is an answer like any other, with status 200; why is for the operator, who asks with the id. */
export type EvaluationAnswer = {
  readonly decision: boolean;
  readonly context: {
    readonly id: EventId;
    /** Of a permit: what the asker must also do. One that does not know an obligation must take it for a denial. */
    readonly obligations?: readonly { readonly type: string; readonly properties?: JsonObject }[];
  };
};

export type Evaluated =
  | { readonly kind: 'answered'; readonly answer: EvaluationAnswer }
  | { readonly kind: 'refused'; readonly status: 400; readonly message: string };

export async function evaluate(body: string, asker: Actor, decide: Decide): Promise<Evaluated> {
  const request = parseAccessRequest(body);
  if (!request.ok) return { kind: 'refused', status: 400, message: request.problem.message };
  const { kind, decision } = await decide(request.value, asker);
  if (kind === 'denied' || decision.obligations.length === 0) {
    return { kind: 'answered', answer: { decision: kind === 'permitted', context: { id: decision.id } } };
  }
  const obligations = decision.obligations.map(({ kind: type, data }) => {
    return data === undefined ? { type } : { type, properties: data };
  });
  return { kind: 'answered', answer: { decision: true, context: { id: decision.id, obligations } } };
}
