/** What the commands need done: the port that `src/process/` provides. */
import type { AccessRequest } from '../kernel/access-request.ts';
import type { EventId } from '../kernel/event-id.ts';
import type { LedgerEventKind } from '../kernel/ledger-event.ts';
import type { Result } from '../kernel/result.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { LedgerReport } from '../ledger/verify-ledger.ts';
import type { Decided, Explained, FollowedEvent, Status } from '../protocols/admin/contract.ts';
import type { Terminal } from './terminal.ts';

export type UpOptions = {
  readonly directory: string;
  /** Run the expected scenario once, print the summary, and stop. */
  readonly once: boolean;
  readonly json: boolean;
  readonly terminal: Terminal;
};

export type RunOptions = {
  readonly directory: string | undefined;
  readonly name: string;
  readonly command: readonly string[];
  readonly terminal: Terminal;
};

export type LedgerFilter = { readonly kind?: LedgerEventKind; readonly sinceMilliseconds?: number };

export type Finding = {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'note';
  readonly detail: string;
  readonly fix?: string;
};

/** A file of policies or data; `file` as the user would name it. */
export type FoundFile = {
  /** The path that was given: the file itself, or a folder that it lies in. */
  readonly given: string;
  readonly file: string;
  /** The parts of its path below the folder that was given; undefined where the file itself was. */
  readonly below: readonly string[] | undefined;
  readonly bytes: Uint8Array;
};

/** `directory`: the deployment's, as the user gave it; undefined looks for one (see `process/find-directory.ts`). */
export type Operations = {
  /** Both resolve to the exit code. */
  readonly up: (options: UpOptions) => Promise<number>;
  readonly run: (options: RunOptions) => Promise<number>;
  readonly status: (directory: string | undefined) => Promise<Result<Status>>;
  /** From the running server, else from the files. */
  readonly explain: (directory: string | undefined, id: EventId) => Promise<Result<Explained>>;
  /** Asks the decision point, which records it in the operator's name. */
  readonly decide: (directory: string | undefined, request: AccessRequest) => Promise<Result<Decided>>;
  readonly follow: (directory: string | undefined) => Promise<Result<AsyncIterable<FollowedEvent>>>;
  readonly readLedger: (
    directory: string | undefined,
    filter: LedgerFilter,
  ) => Promise<Result<AsyncIterable<LedgerEntry>>>;
  readonly verifyLedger: (directory: string | undefined) => Promise<Result<LedgerReport>>;
  /** Folders with what lies below them. */
  readonly readPolicyFiles: (paths: readonly string[]) => Result<readonly FoundFile[]>;
  /** `-` is standard input. */
  readonly readFile: (path: string) => Promise<Result<Uint8Array>>;
  readonly writeFile: (path: string, text: string) => Promise<Result<undefined>>;
  /** Calls back after each change at or below the paths, until the function that it returns is called. */
  readonly watchPolicyFiles: (paths: readonly string[], onChange: () => void) => Result<() => void>;
  /** Milliseconds from an arbitrary start. */
  readonly monotonic: () => number;
  readonly doctor: (directory: string | undefined) => Promise<readonly Finding[]>;
};
