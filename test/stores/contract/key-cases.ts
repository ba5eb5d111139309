import type { ContractCase, Sources } from './case.ts';
import { asOne, copyAndDescribe, inParts } from './outcome.ts';
import { putIfPossible } from './put-if-possible.ts';
import { destinationBucket, type Scene } from './scene.ts';

/** Keys that are decoded, folded or split wrongly somewhere. Each has a folder of its own. */
const oddKeys = ['a%2Fb', '100%25', 'p+q r', '\u{1F600}/\u{FF01}é', 'dir/', 'a//b'];

/** To a key and from it, as one and in parts; remarks only on what isn't right. */
async function copyBothWays(scene: Scene, key: string, { small, pair }: Sources): Promise<string> {
  const remarks: string[] = [];
  for (const [name, plain, options] of [
    ['as one', small, asOne],
    ['in parts', pair, inParts],
  ] as const) {
    const folder = `${scene.way}/keys ${name}`;
    const oddKey = `${folder}/${key}`;
    const to = await copyAndDescribe(scene, plain, { key: oddKey, ...options });
    if (to !== 'right') remarks.push(`to it ${name}: ${to}`);
    const source = await putIfPossible(scene, oddKey, plain.size);
    if (source === undefined) {
      remarks.push(`from it ${name}: the server keeps no object under such a key`);
      continue;
    }
    const from = await copyAndDescribe(scene, source, { key: `${folder}/from odd key`, ...options });
    if (from !== 'right') remarks.push(`from it ${name}: ${from}`);
  }
  return remarks.length === 0 ? 'right' : remarks.join(' | ');
}

/** Whether a copy to a key leaves the object under a like key alone. */
function twinCase(one: string, other: string): ContractCase {
  return {
    name: `'${one}' beside '${other}'`,
    group: 'odd keys',
    usual: 'right',
    run: async (scene, { small, pair }) => {
      const remarks: string[] = [];
      for (const [name, source, options] of [
        ['as one', small, asOne],
        ['in parts', pair, inParts],
      ] as const) {
        const folder = `${scene.way}/twins ${name}`;
        const neighbour = await scene.put(destinationBucket, `${folder}/${one}`, 1000);
        const outcome = await copyAndDescribe(scene, source, { key: `${folder}/${other}`, ...options });
        if (outcome !== 'right') remarks.push(`${name}: ${outcome}`);
        const harm = await scene.compare(`${folder}/${one}`, neighbour);
        if (harm !== undefined) remarks.push(`${name}: the object at '${one}' is overwritten: ${harm}`);
      }
      return remarks.length === 0 ? 'right' : remarks.join(' | ');
    },
  };
}

export const keyCases: readonly ContractCase[] = [
  ...oddKeys.map((key): ContractCase => ({
    name: `key '${key}'`,
    group: 'odd keys',
    usual: 'right',
    run: (scene, sources) => copyBothWays(scene, key, sources),
  })),
  twinCase('a/b', 'a//b'),
  twinCase('name', 'name/'),
  twinCase('c/d', 'c%2Fd'),
];
