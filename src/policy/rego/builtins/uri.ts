/** `uri.*`: URIs taken apart. */
import type { PlainObject, RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { isDefaultEscape, parseUrl } from './go-url.ts';
import { operandTypeError } from './operand-error.ts';

function parse(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const parsed = parseUrl(text);
  if (!parsed.ok) return new BuiltinError(parsed.problem);
  const { scheme, host, path, query, fragment } = parsed.value;
  const rawPath = isDefaultEscape(path, parsed.value.rawPath) ? path : parsed.value.rawPath;
  const [, port = ''] = /:([0-9]*)$/.exec(host) ?? [];
  const name = host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
  const fields: [string, string][] = [
    ['scheme', scheme],
    ['hostname', name],
    ['port', port],
    ['path', path],
    ['raw_path', path === '' ? '' : rawPath],
    ['raw_query', query],
    ['fragment', fragment],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== '')) as PlainObject;
}

export const URI_BUILTINS: readonly Builtin[] = [
  { name: 'uri.parse', parameters: ['string'], result: { object: { values: 'string' } }, call: (_, a) => parse(a) },
  {
    name: 'uri.is_valid',
    parameters: ['string'],
    result: 'boolean',
    call: (_, a) => typeof a === 'string' && a !== '' && parseUrl(a).ok,
  },
];
