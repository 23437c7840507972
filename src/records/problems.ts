/** Every problem of the records: its code, its sentence and what to do; the README lists the same codes. */
import { type Problem, ProblemError } from '../kernel/problem.ts';
import type { Revision } from '../kernel/revision.ts';

/** Code to meaning, as in the README; a test holds the two equal, and every problem made here to the list. */
export const RECORDS_PROBLEMS: Readonly<Record<`records/${string}`, string>> = {
  'records/bad-batch': 'a batch is empty, too long or writes one record twice',
  'records/bad-key': 'a kind or name that cannot be written',
  'records/bad-value': 'a value that JSON cannot hold',
  'records/closed': 'the store was closed',
  'records/compacted': 'the revision lies before what is kept',
  'records/conflict': 'a record does not have the expected revision',
  'records/corrupt': 'the stored data is damaged, or is no store at all',
  'records/disk-full': 'no space is left for the write',
  'records/foreign': 'the database belongs to another application',
  'records/future-revision': 'the revision was never reached',
  'records/in-use': 'another process has the store open for writing',
  'records/newer-version': 'the store was written by a newer version',
  'records/outcome-unknown': 'the connection broke while a batch was committed',
  'records/overloaded': 'too many writes are waiting',
  'records/read-only': 'the store cannot be written here',
  'records/too-large': 'a value or a batch has too many bytes',
  'records/unavailable': 'the store cannot be reached',
};

export function badKey(message: string): Problem {
  return { code: 'records/bad-key', message };
}

export function badValue(message: string): Problem {
  return { code: 'records/bad-value', message };
}

export function badBatch(message: string): Problem {
  return { code: 'records/bad-batch', message };
}

export function tooLarge(message: string): Problem {
  return { code: 'records/too-large', message };
}

/** A conflict with what a caller needs to try again, so that nobody reads numbers out of the sentence. */
export type Conflict = Problem & {
  readonly code: 'records/conflict';
  readonly kind: string;
  readonly name: string;
  readonly expected: Revision;
  readonly actual: Revision;
};

export function conflict(kind: string, name: string, expected: Revision, actual: Revision): Conflict {
  const wanted = expected === 0 ? 'not exist' : `be at revision ${expected}`;
  const found = actual === 0 ? 'it does not exist' : `it is at revision ${actual}`;
  return {
    code: 'records/conflict',
    message: `${kind} \`${name}\` should ${wanted}, but ${found}`,
    hint: 'somebody else wrote it meanwhile: read it again, then repeat the change',
    kind,
    name,
    expected,
    actual,
  };
}

export function isConflict(problem: Problem): problem is Conflict {
  return problem.code === 'records/conflict';
}

export function overloaded(waiting: number): Problem {
  const message = `${waiting} writes are waiting already`;
  return { code: 'records/overloaded', message, hint: 'the store commits slower than it is written: try again later' };
}

export function compacted(asked: Revision, kept: Revision): ProblemError {
  return new ProblemError({
    code: 'records/compacted',
    message: `revision ${asked} was asked for, and the history is kept from revision ${kept} on`,
    hint: 'list again, then watch from the revision of the listing',
  });
}

export function futureRevision(asked: Revision, reached: Revision): ProblemError {
  return new ProblemError({
    code: 'records/future-revision',
    message: `revision ${asked} was asked for, and the store is at revision ${reached}`,
    hint: 'the store was restored from a backup, or is not the one that gave the revision: list again',
  });
}

export function closed(): ProblemError {
  return new ProblemError({ code: 'records/closed', message: 'the store of the records was closed' });
}

export function newerVersion(where: string, found: number, known: number): ProblemError {
  return new ProblemError({
    code: 'records/newer-version',
    message: `\`${where}\` has version ${found} of the records, and this program knows up to version ${known}`,
    hint: 'a newer version of the program wrote it: run that version, or restore a backup from before the upgrade',
  });
}

export function foreign(where: string): ProblemError {
  return new ProblemError({
    code: 'records/foreign',
    message: `\`${where}\` holds the data of another application`,
    hint: 'name a database of its own for the records',
  });
}

export function outcomeUnknown(cause: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'records/outcome-unknown',
      message: 'the store broke off while the batch was committed: it may or may not have been written',
      hint: 'read the records: their revisions tell whether the batch was written',
    },
    { cause },
  );
}
