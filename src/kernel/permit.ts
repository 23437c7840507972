/** Proof that a decision allowed one request: enforcement code can only forward by handing one over. */
import type { EventId } from './event-id.ts';
import type { Revision } from './revision.ts';
import type { Obligation } from './verdict.ts';

export type PermitGrounds = {
  readonly decisionId: EventId;
  readonly revision: Revision;
  readonly obligations: readonly Obligation[];
};

/**
 * INVARIANT (permit): `Permit.grant` is called by `src/decision/` alone (test/architecture.test.ts holds it). The
 * private field makes the type nominal: no object literal is a Permit, so a path that forgot to ask does not
 * type-check.
 */
export class Permit {
  readonly #grounds: PermitGrounds;

  private constructor(grounds: PermitGrounds) {
    this.#grounds = grounds;
  }

  get decisionId(): EventId {
    return this.#grounds.decisionId;
  }

  /** The revision that the decision was made at; a later one may decide otherwise. */
  get revision(): Revision {
    return this.#grounds.revision;
  }

  get obligations(): readonly Obligation[] {
    return this.#grounds.obligations;
  }

  /** For `src/decision/` only. */
  static grant(grounds: PermitGrounds): Permit {
    return new Permit(grounds);
  }
}
