/** The two ways of speaking that the store understands, both at once. */
export type DialectName = 'obs' | 's3';

/** What differs between the two on the wire. */
export interface Dialect {
  readonly name: DialectName;
  /** Of headers: `x-obs-` or `x-amz-`. */
  readonly prefix: string;
  readonly xmlNamespace: string;
  /** Value of the encryption header that stands for the KMS, and the header with its key. */
  readonly kmsAlgorithm: string;
  readonly kmsKeyHeader: string;
  /** How storage classes are called: S3's name to the dialect's. */
  readonly storageClassNames: Readonly<Record<string, string>>;
}

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  s3: {
    name: 's3',
    prefix: 'x-amz-',
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    kmsAlgorithm: 'aws:kms',
    kmsKeyHeader: 'server-side-encryption-aws-kms-key-id',
    storageClassNames: {},
  },
  obs: {
    name: 'obs',
    prefix: 'x-obs-',
    xmlNamespace: 'http://obs.region.myhuaweicloud.com/doc/2015-06-30/',
    kmsAlgorithm: 'kms',
    kmsKeyHeader: 'server-side-encryption-kms-key-id',
    storageClassNames: { STANDARD_IA: 'WARM', GLACIER: 'COLD' },
  },
};
