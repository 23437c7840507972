/** Every problem of the ledger: its code, its sentence, and what to do next. */
import { type Problem, ProblemError } from '../kernel/problem.ts';

/** Where in the files: the name of the file and the offset of the first byte of the part that is wrong. */
export type Place = { readonly file: string; readonly offset: number };

export function corrupt(place: Place, what: string): Problem {
  return {
    code: 'ledger/corrupt',
    message: `the ledger is damaged in \`${place.file}\` at byte ${place.offset}: ${what}`,
    hint: 'keep the files as they are, run `countersign ledger verify`, and start a new ledger in another directory',
  };
}

export function newerVersion(file: string, version: number, known: number): Problem {
  return {
    code: 'ledger/newer-version',
    message: `\`${file}\` has the format version ${version}, and this program knows ${known}: a newer one wrote it`,
    hint: 'read it with the program that wrote it, or a newer one',
  };
}

export function unavailable(what: string, cause: unknown): Problem {
  return {
    code: 'ledger/unavailable',
    message: `the ledger cannot ${what}: ${reasonOf(cause)}`,
    hint: hintOf(cause),
  };
}

export function locked(directory: string): Problem {
  return {
    code: 'ledger/locked',
    message: `another process writes the ledger in \`${directory}\``,
    hint: 'stop it first, or give this one its own directory; reading needs no lock',
  };
}

export function closed(): Problem {
  return { code: 'ledger/closed', message: 'the ledger is closed, so nothing more can be recorded' };
}

export function tooLarge(bytes: number, most: number): Problem {
  return {
    code: 'ledger/too-large',
    message: `${bytes} bytes are too many to record at once, and ${most} are the most`,
    hint: 'record what identifies a large thing, its hash for example, instead of the thing',
  };
}

export function overloaded(bytes: number, most: number): Problem {
  return {
    code: 'ledger/overloaded',
    message: `${bytes} bytes of events wait for the disk, and ${most} are the most`,
    hint: 'the disk is slower than what is recorded; put the ledger on a faster one',
  };
}

export function wrongKey(file: string, what: string): Problem {
  return {
    code: 'ledger/wrong-key',
    message: `the checkpoint in \`${file}\` is not signed by the key of this ledger: ${what}`,
    hint: 'open the ledger with the key that it was started with, or start a new ledger in another directory',
  };
}

export function missing(directory: string): Problem {
  return { code: 'ledger/missing', message: `there is no ledger in \`${directory}\``, hint: 'check the path' };
}

/** The one door through which a throw of the operating system becomes words. */
export function toProblem(what: string, error: unknown): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError(unavailable(what, error), { cause: error });
}

/** What the system's error codes mean to an operator; others speak for themselves. */
const REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['EIO', 'the disk failed'],
]);

function reasonOf(cause: unknown): string {
  const reason = REASONS.get((cause as NodeJS.ErrnoException | undefined)?.code);
  return reason ?? (cause instanceof Error ? cause.message : String(cause));
}

function hintOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'make room; recording goes on by itself when there is some';
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return 'make the directory writable for this user';
  return 'look at the disk and the kernel log; recording goes on by itself when a write succeeds';
}
