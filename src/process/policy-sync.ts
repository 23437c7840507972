/** Keeps the records what the deployment's files say, and the decision point on the newest revision. */
import { resolve } from 'node:path';

import { type AppliedChange, applyDesired } from '../decision/policy-records.ts';
import type { PolicyText, Snapshot } from '../decision/snapshot.ts';
import type { Actor } from '../kernel/ledger-event.ts';
import type { Problem } from '../kernel/problem.ts';
import { ok, type Result } from '../kernel/result.ts';
import { type ControlPlane, problemOf } from './control-plane.ts';
import type { Deployment } from './find-deployment.ts';
import { type PolicyFolder, readPolicyFolders, watchPolicyFolders } from './policy-folder.ts';

export type PolicySyncOptions = {
  readonly plane: ControlPlane;
  readonly deployment: Deployment;
  /** In whose name changes are recorded. */
  readonly operator: Actor;
  readonly onProblem: (problem: Problem) => void;
};

export class PolicySync implements AsyncDisposable {
  readonly #options: PolicySyncOptions;
  #applying: Promise<void> = Promise.resolve();
  #stopWatching: () => void = () => undefined;
  #stopped = false;

  private constructor(options: PolicySyncOptions) {
    this.#options = options;
  }

  /** Applies the files, puts them in force, and follows their changes; the problems when they are not usable. */
  static async start(options: PolicySyncOptions): Promise<Result<PolicySync, readonly Problem[]>> {
    const sync = new PolicySync(options);
    const applied = await sync.#apply();
    if (!applied.ok) return applied;
    await sync.#follow();
    sync.#stopWatching = watchPolicyFolders(
      foldersOf(options.deployment).map(({ path }) => path),
      () => sync.#changed(),
    );
    return ok(sync);
  }

  async #apply(): Promise<Result<void, readonly Problem[]>> {
    const { plane, operator, deployment } = this.#options;
    const { workloads, ...settings } = deployment.declaration;
    const policies = readPolicies(deployment);
    if (!policies.ok) return { ok: false, problem: [policies.problem] };
    const desired = { ...settings, policies: policies.value, workloads: [...workloads.values()] };
    const applied = await applyDesired(plane.records, desired, async (change) => {
      const after = await plane.records.revision();
      const data = { ...change, after, summary: summaryOf(change) };
      await plane.ledger.record(plane.event('policy.changed', operator, data), 'required');
    });
    return applied.ok ? ok(undefined) : applied;
  }

  async #follow(): Promise<void> {
    const { follow, decisionPoint } = this.#options.plane;
    const first = Promise.withResolvers<Snapshot>();
    follow((snapshot) => first.resolve(snapshot));
    // Everything that was ever applied is in the records: the watch from revision 0 brings the newest at once.
    if (decisionPoint.snapshot.tiers.length === 0) await first.promise;
  }

  /** One application at a time, and always of the newest state of the folder. */
  #changed(): void {
    const before = this.#applying;
    const next = async (): Promise<void> => {
      await before;
      if (this.#stopped) return;
      try {
        await this.#applyOrTell();
      } catch (error) {
        this.#options.onProblem(problemOf(error));
      }
    };
    this.#applying = next();
  }

  async #applyOrTell(): Promise<void> {
    const { plane, operator, onProblem } = this.#options;
    const applied = await this.#apply();
    if (applied.ok) return;
    applied.problem.forEach(onProblem);
    const summary = applied.problem.map(({ message }) => message).join('; ');
    await plane.ledger.record(plane.event('policy.refused', operator, { summary }), 'required');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    await this.#applying;
  }
}

export function readPolicies(deployment: Deployment): Result<readonly PolicyText[]> {
  return readPolicyFolders(foldersOf(deployment));
}

/** That of policies, and those of Rego that are named beside it. */
function foldersOf({ directory, declaration: { policies, rego } }: Deployment): readonly PolicyFolder[] {
  const declared = rego.filter(({ implied }) => implied !== true).map(({ folder }) => folder);
  return [policies, ...declared].map((folder) => ({ path: resolve(directory, folder), shownAs: folder }));
}

function summaryOf(change: Omit<AppliedChange, 'revision'>): string {
  const part = (verb: string, names: readonly string[]): string[] => {
    return names.length === 0 ? [] : [`${verb} ${names.join(', ')}`];
  };
  const { added, changed, removed } = change;
  return [...part('added', added), ...part('changed', changed), ...part('removed', removed)].join('; ');
}
