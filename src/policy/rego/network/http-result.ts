/** A response as the object that `http.send` gives. */
import { textOfBytes } from '../values/bytes.ts';
import { parseJson } from '../values/json.ts';
import { makeObject } from '../values/rego-map.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import type { HttpRequest } from '../builtins/network-question.ts';
import { readYaml } from '../builtins/yaml-reader.ts';
import type { IncomingResponse } from './transport.ts';

export type ReceivedResponse = Omit<IncomingResponse, 'body'> & { readonly body: Uint8Array };

/** `body` is null where it is not decoded, or cannot be. */
export function resultOf(response: ReceivedResponse, { decodeAs }: HttpRequest): RegoObject {
  const { statusCode, statusText, headers, body } = response;
  const text = textOfBytes(body);
  return makeObject([
    ['status', `${statusCode} ${statusText}`],
    ['status_code', statusCode],
    ['body', decoded(text, decodeAs ?? typeOfBody(headerOf(headers, 'content-type') ?? ''))],
    ['raw_body', text],
    ['headers', headersObject(headers)],
  ]);
}

export function headerOf(headers: IncomingResponse['headers'], name: string): string | undefined {
  return headers.find(([header]) => header.toLowerCase() === name)?.[1];
}

function decoded(text: string, type: 'json' | 'yaml' | undefined): RegoValue {
  if (type === undefined) return null;
  const read = type === 'json' ? parseJson(text) : readYaml(text);
  return read.ok ? read.value : null;
}

const JSON_TYPE = /^\s*application\/(?:json|[^/;\s]+\+json)\s*(?:;|$)/i;

function typeOfBody(contentType: string): 'json' | 'yaml' | undefined {
  if (JSON_TYPE.test(contentType)) return 'json';
  return contentType.includes('application/yaml') || contentType.includes('application/x-yaml') ? 'yaml' : undefined;
}

/** Names in lower case, each with all of its values. */
function headersObject(headers: IncomingResponse['headers']): RegoObject {
  const values = new Map<string, string[]>();
  for (const [written, value] of headers) {
    const name = written.toLowerCase();
    const present = values.get(name);
    if (present === undefined) values.set(name, [value]);
    else present.push(value);
  }
  return makeObject(values);
}
