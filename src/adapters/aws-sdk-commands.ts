import { CopyOptionsError } from '../errors.ts';
import type { StoreOperation } from '../store/copy-store.ts';

export const S3_COMMANDS = {
  headObject: 'HeadObjectCommand',
  copyObject: 'CopyObjectCommand',
  createMultipartUpload: 'CreateMultipartUploadCommand',
  copyPart: 'UploadPartCopyCommand',
  listParts: 'ListPartsCommand',
  completeMultipartUpload: 'CompleteMultipartUploadCommand',
  abortMultipartUpload: 'AbortMultipartUploadCommand',
  listMultipartUploads: 'ListMultipartUploadsCommand',
  getObjectTagging: 'GetObjectTaggingCommand',
  putObjectTagging: 'PutObjectTaggingCommand',
  getObjectAcl: 'GetObjectAclCommand',
  listObjects: 'ListObjectsV2Command',
  deleteObjects: 'DeleteObjectsCommand',
  listObjectVersions: 'ListObjectVersionsCommand',
  getBucketVersioning: 'GetBucketVersioningCommand',
  // Any that names a bucket.
  headBucket: 'GetBucketVersioningCommand',
  getObject: 'GetObjectCommand',
  // Any command will do that names an object and has an answer with a body, or a body: clients before 2026 have none for these.
  listAnnotations: 'GetObjectTaggingCommand',
  getAnnotation: 'GetObjectTaggingCommand',
  putAnnotation: 'PutObjectTaggingCommand',
  updateObjectEncryption: 'PutObjectTaggingCommand',
  putObjectRetention: 'PutObjectTaggingCommand',
  putObjectLegalHold: 'PutObjectTaggingCommand',
  putObject: 'PutObjectTaggingCommand',
} as const;

/** Name of a command class of `@aws-sdk/client-s3`. */
export type S3CommandName = (typeof S3_COMMANDS)[StoreOperation];

/** A client of the AWS SDK for JavaScript v3: an `S3Client`, or an `S3`. */
export interface S3ClientLike {
  // A method, so that the SDK's own, far more exact type fits.
  send(command: never, options: never): Promise<unknown>;
  /** Fetches the credentials. */
  readonly config?: object;
}

/** A command of the AWS SDK, as far as it is used here. */
export interface S3Command {
  readonly middlewareStack: {
    // Methods, so that the SDK's own, far more exact types fit.
    add(middleware: never, options: never): void;
  };
}

/** The command classes of `@aws-sdk/client-s3`: the module itself will do. */
export type S3Commands = { readonly [Name in S3CommandName]: new (input: never) => S3Command };

/**
 * Loads the command classes of the AWS SDK. The package is an optional peer: only who uses this adapter has it.
 *
 * @throws CopyOptionsError if it isn't installed
 */
export async function loadS3Commands(): Promise<S3Commands> {
  let commands: Partial<S3Commands>;
  try {
    // A variable keeps compilers and bundlers of those who don't use this adapter from looking for the package.
    const specifier: string = '@aws-sdk/client-s3';
    commands = (await import(specifier)) as S3Commands;
  } catch (error) {
    throw new CopyOptionsError(
      "Cannot load '@aws-sdk/client-s3', whose commands the client is given: install it (npm install @aws-sdk/client-s3), " +
        "or pass them: import * as commands from '@aws-sdk/client-s3'; fromS3Client(client, { commands })",
      { cause: error },
    );
  }
  return checkS3Commands(commands);
}

/** Checks that all commands are there. @throws CopyOptionsError if one is missing */
export function checkS3Commands(commands: Partial<S3Commands>): S3Commands {
  const missing = Object.values(S3_COMMANDS).filter((name) => typeof commands[name] !== 'function');
  if (missing.length > 0) {
    throw new CopyOptionsError(
      `Option 'commands' lacks ${missing.join(', ')}: pass the module '@aws-sdk/client-s3' (version 3)`,
    );
  }
  return commands as S3Commands;
}
