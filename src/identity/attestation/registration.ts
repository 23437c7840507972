/** A registration: which identity is given to a process, and by what the process is recognised. */
import { isAbsolute } from 'node:path';

import { err, ok, type Result } from '../../kernel/result.ts';
import { pathOf, type SpiffeId } from '../../kernel/spiffe-id.ts';
import { MAX_TTL_SECONDS, MIN_TTL_SECONDS } from '../svid-request.ts';
import type { TrackedProcess } from './process-tree.ts';

/** All given selectors must match. */
export type UnixSelectors = {
  readonly uid?: number;
  readonly gid?: number;
  /** Absolute path of the program, compared byte for byte. It says what runs, not who: give `uid` beside it. */
  readonly path?: string;
  /** SHA-256 of the program, 64 lower case hex digits. */
  readonly sha256?: string;
};

export type Attest =
  /** The process that we started, and what descends from it. */
  { readonly kind: 'started'; readonly process: TrackedProcess } | ({ readonly kind: 'unix' } & UnixSelectors);

export type Registration = {
  readonly id: SpiffeId;
  /** Of the X.509-SVIDs: whole seconds, `MIN_TTL_SECONDS` to `MAX_TTL_SECONDS`. */
  readonly ttlSeconds: number;
  readonly attest: Attest;
};

/**
 * What stands in the way of a registration, if anything. Codes: `registration/id-without-path`, `/bad-ttl`,
 * `/no-selectors`, `/bad-uid`, `/bad-path`, `/bad-sha256`.
 */
export function checkRegistration(entry: Registration): Result<Registration> {
  const { id, ttlSeconds, attest } = entry;
  if (pathOf(id) === '') {
    return refuse(
      'id-without-path',
      `\`${id}\` names a trust domain, and a workload needs a path in it (X509-SVID §2)`,
    );
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_TTL_SECONDS) {
    const bounds = `${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}`;
    return refuse(
      'bad-ttl',
      `the lifetime of \`${id}\` is ${ttlSeconds} seconds, and ${bounds} whole ones are allowed`,
    );
  }
  return attest.kind === 'started' ? ok(entry) : checkSelectors(entry, attest);
}

function checkSelectors(entry: Registration, { uid, gid, path, sha256 }: UnixSelectors): Result<Registration> {
  if (uid === undefined && gid === undefined && path === undefined && sha256 === undefined) {
    const hint = 'give at least one of uid, gid, path and sha256';
    return refuse('no-selectors', `\`${entry.id}\` has no selector: every process would be given it`, hint);
  }
  for (const number of [uid, gid]) {
    if (number === undefined || (Number.isInteger(number) && number >= 0 && number < 2 ** 32 - 1)) continue;
    return refuse('bad-uid', `${number} is not a uid or gid: a whole number from 0 to 4294967294`);
  }
  if (path !== undefined && !isAbsolute(path)) {
    return refuse('bad-path', `the path \`${path}\` of \`${entry.id}\` is not absolute`);
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/u.test(sha256)) {
    return refuse('bad-sha256', `the sha256 of \`${entry.id}\` is not 64 lower case hex digits`);
  }
  return ok(entry);
}

function refuse(what: string, message: string, hint?: string): Result<never> {
  return err({ code: `registration/${what}`, message, ...(hint !== undefined && { hint }) });
}
