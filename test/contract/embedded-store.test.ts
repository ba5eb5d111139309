import type { ContractCapabilities } from './contract-setup.ts';
import { describeCopyStore } from './copy-store-contract.ts';
import { startEmbeddedStore, waysToStore } from './embedded-store.ts';

const CAPABLE: ContractCapabilities = {
  partSize: 1000,
  sourceIfMatch: 'obeyed',
  ifNoneMatchOnComplete: 'obeyed',
  customerKeys: 'both',
  tagging: 'on-create',
  versions: true,
  percentInPartSource: true,
  versionIdInSourceKey: 'copied',
  anyMetadata: 'kept',
  expiresHeader: 'kept',
  uploadIdOnHead: false,
  completeEtag: 'given',
  unknownUploadStatus: 404,
};

/** OBS by the headers of S3, and by its own, which tell more. */
const OBS_BY_S3_HEADERS: ContractCapabilities = { ...CAPABLE, ifNoneMatchOnComplete: 'ignored' };
const OBS: ContractCapabilities = { ...OBS_BY_S3_HEADERS, uploadIdOnHead: true };

/** What the vendor's client takes away. */
const BY_VENDOR_CLIENT = { sourceIfMatch: 'refused', versionIdInSourceKey: 'refused', anyMetadata: 'refused' } as const;

describeCopyStore('obsStore', OBS, () => startEmbeddedStore((server) => waysToStore.obsStore(server, 'obs'), 'obs'));
describeCopyStore('obsStore, v2', OBS_BY_S3_HEADERS, () =>
  startEmbeddedStore((server) => waysToStore.obsStore(server, 'v2'), 'obs'),
);
describeCopyStore('obsStore, v4', OBS_BY_S3_HEADERS, () =>
  startEmbeddedStore((server) => waysToStore.obsStore(server, 'v4'), 'obs'),
);
describeCopyStore('s3Store', CAPABLE, () => startEmbeddedStore((server) => waysToStore.s3Store(server, 'v4')));
describeCopyStore('s3Store, v2', CAPABLE, () => startEmbeddedStore((server) => waysToStore.s3Store(server, 'v2')));
describeCopyStore('fromS3Client', CAPABLE, () => startEmbeddedStore(waysToStore.fromS3Client));
describeCopyStore('fromObsClient, the vendor’s', { ...OBS, ...BY_VENDOR_CLIENT }, () =>
  startEmbeddedStore((server) => waysToStore.fromVendorObsClient(server, 'obs'), 'obs'),
);
describeCopyStore('fromObsClient, the vendor’s, v2', { ...CAPABLE, ...BY_VENDOR_CLIENT }, () =>
  startEmbeddedStore((server) => waysToStore.fromVendorObsClient(server, 'v2')),
);
describeCopyStore('fromObsClient, our own', OBS, () =>
  startEmbeddedStore((server) => waysToStore.fromOwnObsClient(server, 'obs'), 'obs'),
);
describeCopyStore(
  's3Store on a store like Ceph',
  {
    ...CAPABLE,
    sourceIfMatch: 'ignored',
    ifNoneMatchOnComplete: 'ignored',
    customerKeys: 'destination',
    tagging: 'afterwards',
    percentInPartSource: false,
    completeEtag: 'may-be-empty',
  },
  () => startEmbeddedStore((server) => waysToStore.s3Store(server, 'v4'), 'ceph-rgw'),
);
