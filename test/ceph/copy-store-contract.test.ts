import { createRequire } from 'node:module';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { fromObsClient, type ObsSdkClientLike } from '../../src/adapters/obs-sdk.ts';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import { ObsClient } from '../../src/obs-client/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import type { ContractCapabilities } from '../contract/contract-setup.ts';
import { describeCopyStore } from '../contract/copy-store-contract.ts';
import { setUpOnS3Server } from '../contract/s3-server.ts';
import { connectToGateway } from './ceph-gateway.ts';

// The vendor's client has no types.
const VendorObsClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => ObsSdkClientLike;

const CEPH: ContractCapabilities = {
  partSize: 5 * 1024 * 1024,
  sourceIfMatch: 'ignored',
  ifNoneMatchOnComplete: 'ignored',
  customerKeys: 'destination',
  tagging: 'afterwards',
  versions: true,
  percentInPartSource: false,
  versionIdInSourceKey: 'copied',
  anyMetadata: 'kept',
  expiresHeader: 'kept',
  uploadIdOnHead: false,
  completeEtag: 'may-be-empty',
  unknownUploadStatus: 404,
};

type Gateway = ReturnType<typeof connectToGateway>;

const ways: readonly [
  name: string,
  makeStore: (gateway: Gateway) => CopyStore,
  differences?: Partial<ContractCapabilities>,
][] = [
  ['s3Store', (gateway) => s3Store(addressOf(gateway))],
  ['s3Store, v2', (gateway) => s3Store({ ...addressOf(gateway), signature: 'v2' })],
  ['obsStore, v2', (gateway) => obsStore({ ...addressOf(gateway), signature: 'v2' })],
  ['fromS3Client', ({ client }) => fromS3Client(client)],
  [
    'fromObsClient, the vendor’s',
    (gateway) => fromObsClient(new VendorObsClient({ ...keysOf(gateway), long_conn_param: 5 })),
    { sourceIfMatch: 'refused', versionIdInSourceKey: 'refused', anyMetadata: 'refused' },
  ],
  ['fromObsClient, our own', (gateway) => fromObsClient(new ObsClient({ ...keysOf(gateway), signature: 'v2' }))],
];

function addressOf({ endpoint, credentials }: Gateway): Pick<Gateway, 'endpoint' | 'credentials'> {
  return { endpoint, credentials };
}

function keysOf({ endpoint, credentials }: Gateway): {
  server: string;
  access_key_id: string;
  secret_access_key: string;
} {
  return { server: endpoint, access_key_id: credentials.accessKeyId, secret_access_key: credentials.secretAccessKey };
}

for (const [name, makeStore, differences] of ways) {
  describeCopyStore(`${name} on Ceph`, { ...CEPH, ...differences }, () => {
    const gateway = connectToGateway();
    return setUpOnS3Server(makeStore(gateway), gateway.client);
  });
}
