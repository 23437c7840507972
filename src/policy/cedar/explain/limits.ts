/** How much an explanation does and says: it is for a person, and must end soon whatever the policies are. */

/** A person reads a few; the rest are counted. */
export const MAX_MISSES = 20;

/** Of one policy. */
export const MAX_CONDITIONS = 20;

/** What one condition read. */
export const MAX_VALUES = 10;

/** Of one policy. */
export const MAX_CHANGES = 10;

/** Changes that are tried out in one explanation, each by evaluating a policy again. */
export const MAX_TRIALS = 200;

/** Of those, so that one policy does not use up what others need. */
export const MAX_TRIALS_OF_POLICY = 50;

/** Of elements of a set, as alternatives for one change. */
export const MAX_ALTERNATIVES = 5;

/** Parts of policies that trials may evaluate: about a tenth of a second. */
export const MAX_EVALUATED_PARTS = 2_000_000;

/** Elements of a set that a trial copies. */
export const MAX_COPIED_ELEMENTS = 10_000;

/** UTF-16 units of one condition's text. */
export const MAX_CONDITION_LENGTH = 300;
