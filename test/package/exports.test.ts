import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { codeEntries, readManifest } from './package-manifest.ts';
import { packageRoot } from './source-imports.ts';

const exportedNames: Readonly<Record<string, readonly string[]>> = {
  'copy-large-object': [
    'CheckpointError',
    'CompleteFailedError',
    'CopyError',
    'CopyOptionsError',
    'DestinationExistsError',
    'OBS_LIMITS',
    'PartFailedError',
    'S3_LIMITS',
    'SourceChangedError',
    'SourceNotFoundError',
    'StoreError',
    'VerificationError',
    'copyLargeObject',
    'copyObjects',
    'createLimiter',
    'fileCheckpointStore',
    'fileReport',
    'isCopyError',
    'isStoreError',
    'obsStore',
    'planCopy',
    'planObjects',
    'planParts',
    'readObjectList',
    'recordTimeline',
    's3Store',
  ],
  'copy-large-object/obs-client': ['ObsClient'],
  'copy-large-object/obs-sdk': ['fromObsClient'],
  'copy-large-object/aws-sdk': ['fromS3Client'],
  'copy-large-object/testing': ['startTestStore'],
  'copy-large-object/jobs': ['checkCheckpointStore', 'planJobs', 'runIdOf', 'runJob'],
  'copy-large-object/bullmq': [
    'bucketReport',
    'closeWorker',
    'copyProcessor',
    'copyWorkerOptions',
    'enqueueCopies',
    'listRuns',
    'openRun',
    'postgresCheckpointStore',
    'redisCheckpointStore',
    'retryFailures',
  ],
  'copy-large-object/opentelemetry': ['traceCopies'],
};

test('the entries are those that are documented', async () => {
  const manifest = await readManifest();
  expect(codeEntries(manifest).map(({ specifier }) => specifier)).toEqual(Object.keys(exportedNames));
  expect(Object.keys(manifest.bin)).toEqual(['copy-large-object']);
});

test.for(Object.keys(exportedNames))('%s exports what is documented, and nothing else', async (specifier) => {
  const entry = codeEntries(await readManifest()).find((candidate) => candidate.specifier === specifier);
  const built = pathToFileURL(path.join(packageRoot, entry?.file ?? 'missing')).href;
  const names = Object.keys((await import(built)) as object);
  expect(names.toSorted()).toEqual(exportedNames[specifier]);
});
