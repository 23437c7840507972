/** A fraction whose digits no JavaScript number keeps: `coefficient × 10^exponent`. */
import { NonJson } from './non-json.ts';

/** Made by `number.ts` alone: the exponent is negative and the coefficient no multiple of 10, so a value has one form. */
export class BigDecimal extends NonJson {
  readonly kind = 'decimal';
  readonly coefficient: bigint;
  readonly exponent: number;

  constructor(coefficient: bigint, exponent: number) {
    super();
    this.coefficient = coefficient;
    this.exponent = exponent;
  }
}
