/** The responses that the proxy gives itself: an id to ask an operator about, and no word of the policy. */
import type { EventId } from '../../kernel/event-id.ts';

export type Refusal = {
  readonly status: keyof typeof REASONS;
  readonly error:
    | 'access_denied'
    | 'no_decision'
    | 'bad_request'
    | 'app_unavailable'
    | 'upstream_unavailable'
    | 'timeout';
  readonly id: EventId;
};

const REASONS = {
  400: 'Bad Request',
  403: 'Forbidden',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
} as const;

/** A whole response; `method` undefined when no request could be read, `nowMs` for its date (RFC 9110 §6.6.1). */
export function refusalBytes(
  refusal: Refusal,
  { method, keepAlive, nowMs }: { readonly method?: string; readonly keepAlive: boolean; readonly nowMs: number },
): Buffer {
  const { status, error, id } = refusal;
  const isDecision = error === 'access_denied';
  const body = JSON.stringify({ error, [isDecision ? 'decision_id' : 'event_id']: id });
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `date: ${new Date(nowMs).toUTCString()}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'cache-control: no-store',
    `${isDecision ? 'x-countersign-decision' : 'x-countersign-event'}: ${id}`,
    ...(keepAlive ? [] : ['connection: close']),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`, 'latin1');
}
