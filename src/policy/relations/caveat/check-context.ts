/** Whether a context may be sent with a request, or stored with a relationship. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { convertContext, type CaveatParameters } from './convert-context.ts';
import { MAX_REQUEST_CONTEXT_BYTES, MAX_STORED_CONTEXT_BYTES } from './limits.ts';

/** A request's context may have names that no caveat knows: it is made before anybody knows which caveats there are. */
export function checkRequestContext(context: JsonObject): Problem | undefined {
  return checkSize('the context of a request', context, MAX_REQUEST_CONTEXT_BYTES);
}

/** In a stored context a name that is no parameter would never have an effect. */
export function checkStoredContext(
  caveat: string,
  parameters: CaveatParameters,
  context: JsonObject,
): Problem | undefined {
  const tooLarge = checkSize('the context of a relationship', context, MAX_STORED_CONTEXT_BYTES);
  if (tooLarge !== undefined) return tooLarge;
  const unknown = Object.keys(context).find((name) => !parameters.has(name));
  if (unknown !== undefined) {
    const names = [...parameters.keys()].map((name) => `\`${name}\``).join(', ');
    const message = `the caveat \`${caveat}\` has no parameter \`${unknown.slice(0, 100)}\``;
    return { code: 'relations/context-unknown', message, hint: `its parameters are: ${names}` };
  }
  const converted = convertContext(caveat, parameters, context);
  return converted.ok ? undefined : converted.problem;
}

function checkSize(what: string, context: JsonObject, most: number): Problem | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(context)).length;
  if (bytes <= most) return undefined;
  return { code: 'relations/limit', message: `${what} has ${bytes} bytes of JSON, and ${most} are the most` };
}
