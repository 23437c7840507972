/** The limits of policy files; each says why it is what it is. */
import { MAX_RECORD_BYTES } from '../../kernel/limits.ts';

/** One file: what fits into one record of the store, since that is where it ends up. */
export const MAX_FILE_BYTES: number = MAX_RECORD_BYTES;

/** The deepest object of the API has 9 levels, in a List 11; the rest is room for what is then refused by name. */
export const MAX_DEPTH = 64;

/** YAML nodes of one file, aliases counted as often as they are used: a full file of short values stays below. */
export const MAX_NODES = 1_000_000;

/** Of one document: what a parser finds behind its first errors mostly follows from them. */
export const MAX_YAML_ERRORS = 8;

/** Istio's bound on the rules of a policy and on the sources of a rule. */
export const MAX_RULES = 512;

/** Istio's bounds on `serviceAccounts`. */
export const MAX_SERVICE_ACCOUNTS = 16;
export const MAX_SERVICE_ACCOUNT_CHARACTERS = 320;

/** Kubernetes' bound on the value of a label. */
export const MAX_LABEL_CHARACTERS = 63;

/** What one denial suggests at most: the nearest rules are the ones that a reader can do something with. */
export const MAX_REMEDIES = 16;

/** How much of a value is repeated in a message: enough to recognise it, not enough to flood a terminal. */
export const MAX_QUOTED_CHARACTERS = 120;
