/** Powers of five and ten as integers: those that numbers of an ordinary size take are ready. */

const READY = 160;

const POWERS_OF_5: readonly bigint[] = Array.from({ length: READY }, (_, power) => 5n ** BigInt(power));
const POWERS_OF_10: readonly bigint[] = Array.from({ length: READY }, (_, power) => 10n ** BigInt(power));

export function powerOf5(power: number): bigint {
  return POWERS_OF_5[power] ?? 5n ** BigInt(power);
}

export function powerOf10(power: number): bigint {
  return POWERS_OF_10[power] ?? 10n ** BigInt(power);
}
