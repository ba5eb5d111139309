/**
 * Whether a bucket is a directory bucket (S3 Express One Zone): ETags that stand for nothing, no tags, no annotations, no versions, and
 * listings in no order, which can't begin after a key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
 */
export function isDirectoryBucket(bucket: string): boolean {
  return bucket.endsWith('--x-s3');
}
