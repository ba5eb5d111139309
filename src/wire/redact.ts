import { encodeComponent } from './object-url.ts';

const REDACTED = '[redacted]';

/** Shorter ones would take half of a message with them. */
const MIN_SECRET_LENGTH = 8;

/** What stands in an Authorization header, and in a store's explanation of why it is wrong; percent-encoded too. */
const AUTHORIZATION = /[Ss]ignature(?:=|%3[Dd])[\w+/=%-]+|\b(?:OBS|AWS)(?: |\+|%20)[\w-]+(?::|%3[Aa])[\w+/=%-]+/g;

/** Makes a function that takes `secrets` out of text from outside, in whatever case and percent-encoded too. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    // One with a lone surrogate has no percent-encoded form, and no header could carry it.
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH && !/\p{Surrogate}/u.test(secret))
    .flatMap((secret) => [secret, encodeComponent(secret), encodeURIComponent(secret)]);
  // The longest first: one secret may begin with another.
  const sorted = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  if (sorted.length === 0) return (text) => text.replaceAll(AUTHORIZATION, REDACTED);
  const pattern = new RegExp(
    sorted.map((form) => form.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`)).join('|'),
    'gi',
  );
  return (text) => text.replaceAll(pattern, REDACTED).replaceAll(AUTHORIZATION, REDACTED);
}
