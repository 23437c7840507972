import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { bitString, der, namedBits, oid, sequence, TAG, text, time, TRUE, unsignedInteger } from './der.ts';
import { DerError, DerReader } from './der-reader.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));
const reader = (digits: string): DerReader => new DerReader(unhex(digits));

describe('what is written', () => {
  test('is what X.690 gives as examples', () => {
    assert.equal(hex(oid('2.999.3')), '0603883703');
    assert.equal(hex(oid('1.2.840.113549')), '06062a864886f70d');
    assert.equal(hex(TRUE), '0101ff');
    assert.equal(hex(unsignedInteger(Uint8Array.of(0))), '020100');
    assert.equal(hex(unsignedInteger(Uint8Array.of(0, 0, 127))), '02017f');
    assert.equal(hex(unsignedInteger(Uint8Array.of(128))), '02020080');
    assert.equal(hex(namedBits()), '030100');
    assert.equal(hex(namedBits(0)), '03020780');
    assert.equal(hex(namedBits(5, 6)), '03020106');
    assert.equal(hex(namedBits(0, 8)), '0303078080');
  });

  test('is read back to the same content, at every form of a length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = new Uint8Array(length).fill(7);
      const element = new DerReader(der(TAG.octetString, content));
      assert.equal(hex(element.content(TAG.octetString)), hex(content));
      element.end();
    }
  });

  test('is read back for every object identifier', () => {
    const first = fc.oneof(fc.tuple(fc.constantFrom(0, 1), fc.nat(39)), fc.tuple(fc.constant(2), fc.nat(0xffff)));
    fc.assert(
      fc.property(first, fc.array(fc.nat(2 ** 31 - 1), { maxLength: 8 }), (head, rest) => {
        const dotted = [...head, ...rest].join('.');
        assert.equal(new DerReader(oid(dotted)).oid(), dotted);
      }),
    );
  });

  test('is read back for every second of the years of certificates', () => {
    const seconds = fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 });
    fc.assert(
      fc.property(seconds, fc.nat(999), (second, ms) => {
        assert.equal(new DerReader(time(second * 1000 + ms)).time(), second * 1000);
      }),
    );
  });

  test('is read back for every set of named bits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(8)), (bits) => {
        const expected = bits.reduce((sum, bit) => sum | (1 << bit), 0);
        assert.equal(new DerReader(namedBits(...bits)).namedBits(), expected);
      }),
    );
  });
});

describe('what is not DER is refused', () => {
  for (const [what, digits, read] of [
    ['an indefinite length', '30800000', (r) => r.enter(TAG.sequence)],
    ['a long length that would be short', '30810100', (r) => r.enter(TAG.sequence)],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`, (r) => r.content(TAG.octetString)],
    ['a length of four bytes', '308400000000', (r) => r.enter(TAG.sequence)],
    ['a length past the end', '300501', (r) => r.enter(TAG.sequence)],
    ['a length that is cut off', '3082', (r) => r.enter(TAG.sequence)],
    ['a tag alone', '30', (r) => r.enter(TAG.sequence)],
    ['another tag', '3100', (r) => r.enter(TAG.sequence)],
    ['nothing', '', (r) => r.enter(TAG.sequence)],
    ['a boolean of 01', '010101', (r) => r.boolean()],
    ['a boolean of two bytes', '0102ffff', (r) => r.boolean()],
    ['an empty integer', '0200', (r) => r.integer()],
    ['a padded integer', '0202007f', (r) => r.integer()],
    ['a padded negative integer', '0202ff80', (r) => r.integer()],
    ['a negative path length', '0201ff', (r) => r.smallInteger()],
    ['a path length of 256', '02020100', (r) => r.smallInteger()],
    ['a bit string without its count', '0300', (r) => r.wholeBits()],
    ['a signature with unused bits', '03020180', (r) => r.wholeBits()],
    ['named bits with a trailing zero bit', '03020680', (r) => r.namedBits()],
    ['named bits with a trailing zero byte', '0303078000', (r) => r.namedBits()],
    ['named bits with a bit in the padding', '030207c0', (r) => r.namedBits()],
    ['eight unused bits', '03020880', (r) => r.namedBits()],
    ['unused bits of nothing', '030107', (r) => r.namedBits()],
    ['forty named bits', '0306008080808080', (r) => r.namedBits()],
    ['an empty object identifier', '0600', (r) => r.oid()],
    ['an object identifier that is cut off', '060281', (r) => r.oid()],
    ['a padded arc', '0603558001', (r) => r.oid()],
    ['an object identifier of 65 bytes', `0641${'01'.repeat(65)}`, (r) => r.oid()],
    ['a time without Z', hex(text(TAG.utcTime, '300101000000')), (r) => r.time()],
    ['a time without seconds', hex(text(TAG.utcTime, '3001010000Z')), (r) => r.time()],
    ['a time with a zone', hex(text(TAG.utcTime, '300101000000+0000')), (r) => r.time()],
    ['a time with a fraction', hex(text(TAG.generalizedTime, '20500101000000.5Z')), (r) => r.time()],
    ['31 February', hex(text(TAG.utcTime, '300231000000Z')), (r) => r.time()],
    ['month 13', hex(text(TAG.utcTime, '301301000000Z')), (r) => r.time()],
    ['day 0', hex(text(TAG.utcTime, '300100000000Z')), (r) => r.time()],
    ['hour 24', hex(text(TAG.utcTime, '300101240000Z')), (r) => r.time()],
    ['a leap second', hex(text(TAG.utcTime, '301231235960Z')), (r) => r.time()],
    ['a year before 2050 in the long form', hex(text(TAG.generalizedTime, '20300101000000Z')), (r) => r.time()],
  ] as readonly (readonly [string, string, (reader: DerReader) => unknown])[]) {
    test(what, () => assert.throws(() => read(reader(digits)), DerError));
  }

  test('something left over', () => {
    const outer = reader('30030101ff');
    assert.throws(() => outer.enter(TAG.sequence).end(), DerError);
  });
});

test('an arc that no number holds keeps all its digits', () => {
  // 2.25 with the UUID f81d4fae-7dec-11d0-a765-00a0c91e6bf6, the example of X.667.
  const digits = '06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776';
  assert.equal(reader(digits).oid(), '2.25.329800735698586629295641978511506172918');
});

test('reading any bytes in any way ends or throws a DerError', () => {
  const ways: readonly ((r: DerReader) => unknown)[] = [
    (r) => r.enter(TAG.sequence),
    (r) => r.integer(),
    (r) => r.oid(),
    (r) => r.time(),
    (r) => r.namedBits(),
    (r) => r.wholeBits(),
    (r) => r.boolean(),
    (r) => r.smallInteger(),
  ];
  const tags = fc.constantFrom(...Object.values(TAG));
  fc.assert(
    fc.property(tags, fc.uint8Array({ maxLength: 20 }), fc.boolean(), (tag, bytes, framed) => {
      const input = framed ? der(tag, bytes) : Uint8Array.of(tag, ...bytes);
      for (const way of ways) {
        try {
          way(new DerReader(input));
        } catch (error) {
          assert.ok(error instanceof DerError, String(error));
        }
      }
    }),
  );
});

test('an element keeps its header, so that what is signed can be taken out whole', () => {
  const inner = sequence(TRUE);
  const outer = new DerReader(sequence(inner, bitString(Uint8Array.of(1)))).enter(TAG.sequence);
  assert.equal(hex(outer.element(TAG.sequence)), hex(inner));
});
