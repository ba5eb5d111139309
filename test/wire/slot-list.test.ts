import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlotList } from '../../src/wire/slot-list.ts';

it('holds what a Set would hold, in no more places than were ever taken at once', () => {
  // A number puts a thing in, or takes out the one at that place among those inside.
  const step = fc.oneof(fc.constant('add' as const), fc.nat(20));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const list = new SlotList<object>();
      const inside: { thing: object; slot: number }[] = [];
      let most = 0;
      for (const action of steps) {
        if (action === 'add') {
          const thing = {};
          inside.push({ thing, slot: list.add(thing) });
          most = Math.max(most, inside.length);
        } else {
          const [gone] = inside.splice(action, 1);
          if (gone !== undefined) list.remove(gone.slot);
        }
        expect(new Set(list.values())).toEqual(new Set(inside.map(({ thing }) => thing)));
        expect(list.size).toBe(inside.length);
        for (const { slot } of inside) expect(slot).toBeLessThan(most);
      }
    }),
  );
});
