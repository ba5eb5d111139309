// Credentials of IAM Identity Center (SSO): the profile of `aws configure sso`, after `aws sso login --profile NAME`.
//
// The provider is asked again before the credentials run out, so a copy may take longer than they last. Only `aws sso login` renews
// the session itself: one that has run out fails with the SDK's own words, before anything is written.
import { fromSSO } from '@aws-sdk/credential-providers';
import { copyLargeObject, s3Store } from 'copy-large-object';

const [profile = 'default', from = '', to = ''] = process.argv.slice(2);
const [source, destination] = [from, to].map((name) => {
  const [bucket = '', ...key] = name.split('/');
  return { bucket, key: key.join('/') };
}) as [{ bucket: string; key: string }, { bucket: string; key: string }];

const store = s3Store({
  endpoint: process.env['AWS_ENDPOINT_URL_S3'],
  credentials: fromSSO({ profile }),
});
const { etag, size } = await copyLargeObject({ store, source, destination });
console.log(`${size} bytes, ETag ${etag}`);
