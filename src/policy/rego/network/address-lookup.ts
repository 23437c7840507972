/** One `net.lookup_ip_addr`: the addresses of a name, whatever they are. */
import { BuiltinError, type BuiltinOutcome } from '../builtins/builtin.ts';
import { NetworkError } from '../builtins/network-error.ts';
import { RegoError } from '../evaluate/rego-error.ts';
import { makeSet } from '../values/rego-set.ts';
import type { AllowList } from './allow-list.ts';
import { allowsName } from './allow-list.ts';
import { reasonOf } from './failure-reason.ts';
import { orAborted, type Spending } from './spending.ts';

export function refusalOfLookUp(host: string, allow: AllowList): BuiltinError | undefined {
  return allowsName(allow, host) ? undefined : new BuiltinError(`disallowed host: ${host}`);
}

/** Rejects where the evaluation is over (`RegoError`). */
export async function lookUp(host: string, spending: Spending): Promise<BuiltinOutcome> {
  spending.countRequest();
  const signal = spending.limitOf(undefined);
  try {
    return makeSet(await spending.orEnd(orAborted(spending.access.transport.lookUp(host, signal), signal)));
  } catch (error) {
    if (error instanceof RegoError) throw error;
    const reason = signal.aborted ? 'i/o timeout' : reasonOf(error, { host, port: 0 }).replace(/^dial tcp: /, '');
    return new NetworkError(reason.startsWith('lookup ') ? reason : `lookup ${host}: ${reason}`);
  }
}
