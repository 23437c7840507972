/** `http.send`: what it asks, and what its errors are. An asynchronous evaluation has the answers. */
import { makeObject } from '../values/rego-map.ts';
import { isObject, type RegoObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { httpRequestOf, raisesError, requestKey } from './http-options.ts';
import { requestOperand, splitUrl } from './http-request.ts';
import { NetworkError, notAsynchronous } from './network-error.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_OBJECT } from './rego-type.ts';

const NAME = 'http.send';

function send(context: BuiltinContext, value: RegoValue): BuiltinOutcome {
  if (!isObject(value)) return operandTypeError(1, value, 'object');
  const raises = raisesError(value);
  if (raises instanceof BuiltinError) return raises;
  const outcome = sendObject(context, value);
  return outcome instanceof BuiltinError && !raises ? resultOf(outcome) : outcome;
}

function sendObject({ network }: BuiltinContext, object: RegoObject): BuiltinOutcome {
  const operand = requestOperand(object, 1);
  if (operand instanceof BuiltinError) return operand;
  const key = requestKey(object);
  if (key instanceof BuiltinError) return key;
  const request = httpRequestOf(object);
  if (request instanceof BuiltinError) return request;
  if (network !== undefined) return network.answer(`${NAME} ${key}`, { kind: 'http', request });
  const url = splitUrl(request.url);
  return url instanceof BuiltinError ? url : notAsynchronous(url.host.replace(/:\d*$/u, ''));
}

/** An error as an answer: there is no status, and `error` says why. */
function resultOf(error: BuiltinError): RegoValue {
  const [code, message] =
    error instanceof NetworkError
      ? ['eval_http_send_network_error', error.detail]
      : ['eval_http_send_internal_error', `${error.code}: ${NAME}: ${error.message}`];
  return makeObject([
    ['status_code', 0],
    ['error', { code, message }],
  ]);
}

export const HTTP_BUILTINS: readonly Builtin[] = [
  {
    name: NAME,
    parameters: [{ object: { keys: 'string', values: 'any' } }],
    result: ANY_OBJECT,
    nondeterministic: true,
    network: true,
    call: send,
  },
];
