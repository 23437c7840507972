/** When an authority signs, when the next one is made and when one is forgotten: functions of the clock alone. */
import type { Validity } from './x509-template.ts';

type Dated = { readonly certificate: Validity };

const DAY_MS: number = 24 * 3600 * 1000;

/** The successor is made, and so reaches every verifier, this long before the end: half the life, at most a month. */
function prepareMs({ notAfter, notBefore }: Validity): number {
  return Math.min((notAfter - notBefore) / 2, 30 * DAY_MS);
}

/** The successor signs this long before the end: a sixth of the life, at most a week, for SVIDs to run out in. */
function handOverMs({ notAfter, notBefore }: Validity): number {
  return Math.min((notAfter - notBefore) / 6, 7 * DAY_MS);
}

function isValid({ certificate }: Dated, now: number): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter;
}

/**
 * Who signs: the oldest that is valid and not about to end, since verifiers have known it longest. Every process that
 * reads the same directory at the same time gets the same answer, so nothing about it is stored.
 */
export function activeAt<T extends Dated>(oldestFirst: readonly T[], now: number): T | undefined {
  const valid = oldestFirst.filter((authority) => isValid(authority, now));
  return valid.find(({ certificate }) => certificate.notAfter - now > handOverMs(certificate)) ?? valid.at(-1);
}

/** Whether a further authority is to be made now: none is valid, or the last one nears its end. */
export function needsNext(authorities: readonly Dated[], now: number): boolean {
  if (!authorities.some((authority) => isValid(authority, now))) return true;
  return authorities.every(({ certificate }) => certificate.notAfter - now < prepareMs(certificate));
}

/** Verifiers need an authority until it ends; one that begins in the future is ours all the same. */
export function isTrustedAt({ certificate }: Dated, now: number): boolean {
  return now <= certificate.notAfter;
}

/** Forgotten one whole life after its end: a wall clock that was wrong for a while must not destroy a good key. */
export function isForgottenAt({ certificate }: Dated, now: number): boolean {
  return now > 2 * certificate.notAfter - certificate.notBefore;
}

/** The next moment at which one of the functions above changes its answer for what is made, trusted or forgotten. */
export function dueAfter(authorities: readonly Dated[], now: number): number {
  const moments = authorities.flatMap(({ certificate }) => [
    certificate.notAfter - prepareMs(certificate) + 1,
    certificate.notAfter + 1,
    2 * certificate.notAfter - certificate.notBefore + 1,
  ]);
  return Math.min(...moments.filter((moment) => moment > now));
}
