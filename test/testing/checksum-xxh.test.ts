import { expect, test } from 'vitest';
import { xxhash128, xxhash3, xxhash64 } from '../../src/testing/checksum-xxh.ts';

// Of the bytes 0, 7, 14, …, so many: by the implementation of @aws-sdk/checksums. Those of no bytes stand in xxHash's documents.
const vectors = [
  [0, 'ef46db3751d8e999', '2d06800538d394c2', '99aa06d3014798d86001c324468d497f'],
  [1, 'e934a84adb052768', 'c44bdff4074eecdb', 'a6cd5e9392000f6ac44bdff4074eecdb'],
  [3, '9ff70a635a6209ab', 'c3489259e968ad9e', '656e81c56e41fe02c3489259e968ad9e'],
  [4, 'ae5acdc00a55ac41', 'd3d60c1519014e89', 'ab5c3e7474d809db81a65295de8e7dde'],
  [8, '87116b3365b924eb', 'b88dee77f6bf6980', 'e4b9dd0b66ff3c50ebabbd0695002ff6'],
  [9, '340667a92c4324ff', '03688dcad730d826', '82ddc95bc76007671c69c3f04aaed08c'],
  [16, 'ed1dd2fac0a31fbc', '9da23836adf2be1e', 'ddf6c1254d70f76794eaa17b20756f46'],
  [17, '758409c57cd5d0a2', 'f34c3c9cf5a112d1', '263f67af63088041735fe434ded90c3c'],
  [31, '0f187c62b1e722b7', '1c67766271b95c64', 'f1df8057a85df9ac55042d263d832451'],
  [32, '91b0cb0931a8c629', '99cb9ad0f1a11fbe', 'a86b514658f976a5407920045a9a834c'],
  [64, 'bf3052e3445775d0', '6efb76ff16f37561', 'a7fa95f7f23b64a7edae5e0312655703'],
  [96, '0c1298bedcd0a493', '764d2d5db92942df', 'dbfa0cd6e568ef54acb9f0967e182865'],
  [128, '6bd66a757cf20d64', '65f3c2c00fa93185', 'dd9e5aa9bd51cc9cc6bd21ecc865f29f'],
  [129, '3fbc5a0162d80206', '28065c6ec25f5b25', '00433635cf8d872e7f4accb76587485b'],
  [240, '9f17f1fcbcbfb88e', '4917a75c0ef8eed7', '89e3a0a2ee355d25d10beb4e0599e4b3'],
  [241, '06f9e01b26bb1786', '541b19226f0052e8', '75f4da43f23cce5a541b19226f0052e8'],
  [1024, 'f065d3da7e82ebf1', 'dc5acf0b043c445b', '8bbb9f7af37f2f52dc5acf0b043c445b'],
  [1025, 'cfdf5a5a264873e8', 'e1d9cd946277ae26', '20609de0583fad86e1d9cd946277ae26'],
  [5000, 'f58c52a3c9c8f26d', '6abe8be5abcb2760', 'a4ba2a60fb07e0166abe8be5abcb2760'],
] as const;

test.each(vectors)('xxHash of %i bytes', (length, hash64, hash3, hash128) => {
  const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
  expect(xxhash64(bytes).toString('hex')).toBe(hash64);
  expect(xxhash3(bytes).toString('hex')).toBe(hash3);
  expect(xxhash128(bytes).toString('hex')).toBe(hash128);
});
