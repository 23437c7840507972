/** What built-ins may know of an evaluation, found out when one of them asks. */
import type { BuiltinContext, Network } from '../builtins/builtin.ts';
import type { Prepared } from '../builtins/prepared.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';

export type ContextOptions = {
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  readonly randomBytes?: (length: number) => Uint8Array;
  readonly print?: (message: string) => void;
  readonly trace?: (message: string) => void;
  /** What `opa.runtime()` gives. Default: the empty object. */
  readonly runtime?: RegoObject;
  /** What functions of the host find in their context. */
  readonly host?: unknown;
};

export class EvaluationContext implements BuiltinContext {
  readonly prepared: Prepared;
  readonly #options: ContextOptions;
  #startedAt: number | undefined;
  #memo: Map<string, RegoValue> | undefined;

  constructor(prepared: Prepared, options: ContextOptions) {
    this.prepared = prepared;
    this.#options = options;
  }

  /** Milliseconds since 1970 when it was first asked for: all of one evaluation sees the same time. */
  get startedAt(): number {
    this.#startedAt ??= (this.#options.now ?? Date.now)();
    return this.#startedAt;
  }

  nowNanoseconds(): bigint {
    return BigInt(this.startedAt) * 1_000_000n;
  }

  get memo(): Map<string, RegoValue> {
    this.#memo ??= new Map();
    return this.#memo;
  }

  randomBytes(length: number): Uint8Array {
    return this.#options.randomBytes?.(length) ?? crypto.getRandomValues(new Uint8Array(length));
  }

  trace(message: string): void {
    this.#options.trace?.(message);
  }

  print(message: string): void {
    this.#options.print?.(message);
  }

  get runtime(): RegoObject {
    return this.#options.runtime ?? {};
  }

  get host(): unknown {
    return this.#options.host;
  }

  get network(): Network | undefined {
    return undefined;
  }
}
