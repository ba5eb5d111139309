import { testStore } from './contract/test-store.ts';
import { buildGoModule } from './harness/install.ts';
import { seaweedFSDiffers, startSeaweedFS } from './harness/start-seaweedfs.ts';

const version = 'v0.0.0-20261109003541-7506e5f91cd6';

testStore({
  name: 'SeaweedFS, current',
  version: version.slice('v0.0.0-'.length),
  from: 'Go: github.com/seaweedfs/seaweedfs',
  ...seaweedFSDiffers,
  start: async () => startSeaweedFS(await buildGoModule('github.com/seaweedfs/seaweedfs', version, 'weed')),
});
