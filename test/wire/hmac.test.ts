import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HmacKey, hashLatin1 } from '../../src/wire/hmac.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code)),
  maxLength: 5000,
});
const algorithm = fc.constantFrom('sha1', 'sha256');

it('signs as Node does, with keys and texts of any length, again and again', () => {
  fc.assert(
    fc.property(
      algorithm,
      fc.uint8Array({ maxLength: 200 }),
      fc.array(latin1, { maxLength: 4 }),
      (name, secret, texts) => {
        const key = new HmacKey(name, secret);
        for (const text of texts) {
          const expected = createHmac(name, secret).update(text, 'latin1').digest();
          expect(key.sign(text, 'hex')).toBe(expected.toString('hex'));
          expect(key.sign(text, 'base64')).toBe(expected.toString('base64'));
          expect(key.derive(text)).toEqual(expected);
        }
      },
    ),
  );
});

it('hashes as Node does', () => {
  fc.assert(
    fc.property(latin1, (text) => {
      expect(hashLatin1(text)).toBe(createHash('sha256').update(text, 'latin1').digest('hex'));
    }),
  );
});
