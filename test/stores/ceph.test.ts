import { startCephGateway } from '../ceph/start-ceph-gateway.ts';
import { testStore } from './contract/test-store.ts';

testStore({
  name: 'Ceph RGW',
  version: '16',
  from: 'Debian 12: ceph-mon ceph-osd radosgw ceph-common',
  start: async () => {
    const { gateway, stop } = await startCephGateway();
    const { port, accessKeyId, secretAccessKey } = gateway;
    return { endpoint: `http://127.0.0.1:${port}`, credentials: { accessKeyId, secretAccessKey }, stop };
  },
});
