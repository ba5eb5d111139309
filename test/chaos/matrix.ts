import { makesADifference } from './effective-faults.ts';
import { attempts, type MatrixCell } from './matrix-cell.ts';
import { matrixFaults } from './matrix-faults.ts';
import { matrixTargets } from './matrix-targets.ts';

/** What a store that is asked again answers as before, so that trying again may not help; some of it is no failure at all. */
const LASTING = new Set([
  '403',
  '404',
  '412',
  '200 without an ETag',
  '200 with a wrong ETag',
  'a redirect',
  'a lost upload',
  'a replaced source',
  '200 and nothing stored',
]);

/** Whether a copy that meets this must be made all the same. */
export function mustSucceed({ target, fault, attempt }: MatrixCell): boolean {
  if (target.fails === true || attempt === 'always' || LASTING.has(fault.name)) return false;
  // The store has reported no time to learn it from, and HEAD has no body to say that a token has expired again.
  if (fault.name === 'a clock an hour ahead' && target.name === 'the HEAD after a lost Complete') return false;
  // Asked for once more and no oftener; and cut off twice after the same time, a copy has met a gateway's limit.
  const isCreate = target.rule.operation === 'createMultipartUpload';
  // What a Create has made has no name to look for.
  const name = isCreate ? fault.name.replace(/ after the work$/, '') : fault.name;
  const isOfNothing = ['200 and nothing', '200 and garbage', 'a huge body'].includes(name);
  const isCutOff = fault.name === 'no answer' && target.rule.operation === 'copyObject';
  const isCopy = target.rule.operation === 'copyObject' || target.rule.operation === 'copyPart';
  if (attempt === 'repeated' && ((isOfNothing && (isCopy || isCreate)) || (isCutOff && isCopy))) return false;
  return !(fault.name === 'an expired token' && attempt === 'repeated' && target.rule.operation === 'headObject');
}

/** Every target, attempt and fault that makes a difference there: with each vendor, or with one in turn. */
export function* listCells(vendors: 'each' | 'in turn'): Generator<MatrixCell> {
  let count = 0;
  for (const target of matrixTargets) {
    for (const fault of matrixFaults) {
      if (!makesADifference(fault.fault.kind, target.rule.operation)) continue;
      for (const attempt of Object.keys(attempts) as (keyof typeof attempts)[]) {
        count++;
        for (const vendor of ['obs', 's3'] as const) {
          if (target.personality !== undefined && vendor === 'obs') continue;
          const isInTurn = target.personality !== undefined || (vendor === 'obs') === (count % 2 === 0);
          if (vendors === 'in turn' && !isInTurn) continue;
          yield { target, fault, attempt, vendor, olderObject: (count & 2) === 0 };
        }
      }
    }
  }
}

/** Names a cell in a line. */
export function nameCell({ target, fault, attempt, vendor }: MatrixCell): string {
  return `${vendor}: ${target.name}, ${fault.name}, ${attempt}`;
}
