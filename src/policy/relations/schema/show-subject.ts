/** One of the subjects that a relation may name, as it stands in a schema. */
import type { AllowedSubject } from './schema.ts';

export function showSubject({ type, subject, caveat, expires }: AllowedSubject): string {
  const conditions = [...(caveat === undefined ? [] : [caveat]), ...(expires ? ['expiration'] : [])];
  const suffix = subject.kind === 'userset' ? `#${subject.relation}` : subject.kind === 'wildcard' ? ':*' : '';
  return `${type}${suffix}${conditions.length > 0 ? ` with ${conditions.join(' and ')}` : ''}`;
}
