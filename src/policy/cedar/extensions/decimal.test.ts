import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longOf } from '../long.ts';
import { Decimal } from './decimal.ts';

test('a decimal has one to four digits after the point and at least one before it', () => {
  for (const [text, scaled] of [
    ['0.0', 0],
    ['-0.0', 0],
    ['1.5', 15_000],
    ['-1.5', -15_000],
    ['-0.0001', -1],
    ['00012.3400', 123_400],
    ['922337203685477.5807', 2n ** 63n - 1n],
    ['-922337203685477.5808', -(2n ** 63n)],
  ] as const) {
    assert.equal(Decimal.parse(text)?.scaled, scaled, text);
  }
  for (const text of ['', '1', '1.', '.5', '+1.0', '1.00000', '1e3', ' 1.0', '1.0\n', '١.٥', '--1.0', '1.-5']) {
    assert.equal(Decimal.parse(text), undefined, text);
    assert.match(Decimal.whyNot(text), /decimal/u);
  }
});

test('what does not fit 64 bits is refused, however many digits it has', () => {
  for (const text of [
    '922337203685477.5808',
    '-922337203685477.5809',
    '9223372036854775807.0',
    `${'9'.repeat(1e6)}.0`,
  ]) {
    assert.equal(Decimal.parse(text), undefined);
    assert.match(Decimal.whyNot(text), /between/u);
  }
  assert.equal(Decimal.parse(`${'0'.repeat(1e6)}1.0`)?.scaled, 10_000);
});

test('every decimal is written so that it reads back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (scaled) => {
      const sign = scaled < 0n ? '-' : '';
      const digits = String(scaled < 0n ? -scaled : scaled).padStart(5, '0');
      const decimal = Decimal.parse(`${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`);
      assert.equal(decimal?.scaled, longOf(scaled));
      const [, text = ''] = /^decimal\("(.*)"\)$/u.exec(decimal?.toString() ?? '') ?? [];
      assert.equal(Decimal.parse(text)?.key, decimal?.key);
      assert.deepEqual(decimal?.toJson(), { __extn: { fn: 'decimal', arg: text } });
    }),
  );
});
