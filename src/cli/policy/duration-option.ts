/** A duration as an option of a command: `500ms`, `10s`, `2m`. */
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

export function milliseconds(text: string): number {
  const match = /^([1-9]\d{0,6})(ms|s|m)$/u.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new InvalidArgumentError('write a number and ms, s or m: 500ms, 10s');
  return Number(match[1]) * unit;
}
