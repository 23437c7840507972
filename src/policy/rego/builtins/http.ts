/** `http.send`: off, since nothing says yet which hosts may be asked. */
import { getOfObject } from '../values/access.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { requestOperand, splitUrl } from './http-request.ts';
import { ANY_OBJECT } from './rego-type.ts';

/** An evaluation is synchronous, and so no host is allowed in it. */
function send(_: BuiltinContext, value: Parameters<Builtin['call']>[1]): BuiltinOutcome {
  const request = requestOperand(value, 1);
  if (request instanceof BuiltinError) return request;
  const url = getOfObject(request, 'url');
  if (typeof url !== 'string') return new BuiltinError('"url" must be a string');
  const parts = splitUrl(url);
  if (parts instanceof BuiltinError) return parts;
  return new BuiltinError(`disallowed host: ${parts.host.replace(/:\d*$/u, '')}`);
}

export const HTTP_BUILTINS: readonly Builtin[] = [
  {
    name: 'http.send',
    parameters: [{ object: { keys: 'string', values: 'any' } }],
    result: ANY_OBJECT,
    nondeterministic: true,
    network: true,
    call: send,
  },
];
