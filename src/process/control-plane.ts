/** Store, ledger, authority and decision point of one deployment: opened in order, closed in reverse. */
import { DecisionPoint } from '../decision/decision-point.ts';
import { followRecords } from '../decision/follow-records.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from '../decision/snapshot.ts';
import { openLinuxCalls, type LinuxCalls } from '../identity/attestation/linux-calls.ts';
import { Registry } from '../identity/attestation/registry.ts';
import { createBundleSource, type FederatedBundles } from '../identity/bundle-source.ts';
import { type CertificateAuthority, openAuthority } from '../identity/certificate-authority.ts';
import { systemTimers } from '../identity/timers.ts';
import type { Declaration } from '../inventory/declaration.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { makeEventId } from '../kernel/event-id.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Actor, LedgerEvent, LedgerEventKind } from '../kernel/ledger-event.ts';
import type { Problem } from '../kernel/problem.ts';
import { ProblemError } from '../kernel/problem.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import { openOrCreateFileSigner } from '../ledger/file-signer.ts';
import type { Records } from '../records/records.ts';
import { openSqliteRecords } from '../records/sqlite-records.ts';
import { pooledRandom } from './random.ts';
import { openStateDirectory, type StateDirectory } from './state-directory.ts';

export type ControlPlane = AsyncDisposable & {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly calls: LinuxCalls;
  readonly records: Records;
  readonly ledger: Ledger;
  readonly authority: CertificateAuthority;
  readonly bundles: FederatedBundles;
  readonly registry: Registry;
  readonly decisionPoint: DecisionPoint;
  /** An event of now, with a new id. */
  readonly event: (kind: LedgerEventKind, actor: Actor, data: JsonObject) => LedgerEvent;
  /** From now on the decision point follows the records. */
  readonly follow: (onSwap: (snapshot: Snapshot) => void) => void;
};

export type ControlPlaneOptions = {
  readonly declaration: Declaration;
  readonly state: StateDirectory;
  /** What goes wrong while it runs, and what then works again. */
  readonly onProblem: (problem: Problem) => void;
};

/** @throws ProblemError whose problem says what stands in the way; what was opened before is closed again. */
export async function openControlPlane({ declaration, state, onProblem }: ControlPlaneOptions): Promise<ControlPlane> {
  const clock = systemClock;
  const random = pooledRandom();
  const calls = need(openLinuxCalls());
  need(openStateDirectory(state));
  const stack = new AsyncDisposableStack();
  try {
    // The store first: it holds the lock by which a second start on the same state is refused.
    const records = stack.use(openSqliteRecords(state.records));
    const ledger = stack.use(await openLedgerOf(declaration, state, clock, onProblem));
    const event = (kind: LedgerEventKind, actor: Actor, data: JsonObject): LedgerEvent => {
      const time = clock.now();
      return { id: makeEventId(time, random), time, kind, actor, data };
    };
    const authority = stack.use(
      need(
        await openAuthority({
          directory: state.authority,
          trustDomain: declaration.trustDomain,
          clock,
          timers: systemTimers,
          random,
          record: ledger.record,
          onProblem,
        }),
      ),
    );
    const bundles = stack.use(createBundleSource(authority));
    const decisionPoint = new DecisionPoint({ snapshot: EMPTY_SNAPSHOT, record: ledger.record, clock, random });
    const stop = new AbortController();
    let following: Promise<void> = Promise.resolve();
    stack.defer(async () => {
      stop.abort();
      await following;
    });
    const closing = stack.move();
    return {
      ...{ clock, random, calls, records, ledger, authority, bundles, decisionPoint, event },
      registry: new Registry(),
      follow: (onSwap) => {
        const onRefused = (problems: readonly Problem[]): void => problems.forEach(onProblem);
        following = followRecords({
          records,
          decisionPoint,
          signal: stop.signal,
          onSwap,
          onRefused,
        }).catch((error: unknown) => onProblem(problemOf(error)));
      },
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function openLedgerOf(
  declaration: Declaration,
  state: StateDirectory,
  clock: Clock,
  onProblem: (problem: Problem) => void,
): Promise<Ledger> {
  const signer = need(await openOrCreateFileSigner(state.signer, `${declaration.trustDomain}/ledger`));
  return openLedger({
    directory: state.ledger,
    signer,
    clock,
    onTrouble: (trouble) => {
      if (trouble.kind === 'unavailable') return onProblem(trouble.problem);
      const message = `the ledger records again; ${trouble.lostEvents} queued events were lost, and the gap is recorded`;
      onProblem({ code: 'ledger/recovered', message });
    },
  });
}

/** The value, or the problem thrown: for what a start cannot go on without. */
export function need<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem },
): T {
  if (result.ok) return result.value;
  throw new ProblemError(result.problem);
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { code: 'process/failed', message: error instanceof Error ? error.message : String(error) };
}
