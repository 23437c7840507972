/** Errors of network functions: no host may be asked, or asking came to nothing. */
import { BuiltinError } from './builtin.ts';

/** An evaluation waits for nobody, unless it is asynchronous. */
export function notAsynchronous(host: string): BuiltinError {
  return new BuiltinError(
    `disallowed host: ${host} (network functions need an asynchronous evaluation whose \`network\` allows the host)`,
  );
}

/** The request was made, or begun: the network, and not what was asked for, is to blame. */
export class NetworkError extends BuiltinError {
  /** Where errors are answers: the whole of it, also where the message is shorter. */
  readonly detail: string;

  constructor(message: string, detail: string = message) {
    super(message);
    this.detail = detail;
  }
}
