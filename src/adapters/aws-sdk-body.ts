import { type ReadBody, readCopyPartBody, readNoResult } from '../wire/copy-results.ts';
import type { WireResponse } from '../wire/http-client.ts';
import { readTagging } from '../wire/tagging.ts';
import { parseXml } from '../wire/xml.ts';
import type { S3CommandName } from './aws-sdk-commands.ts';

/** What a body is: what the command must be answered with, the store's error, or nothing that can be trusted. */
type BodyKind = 'result' | 'error' | 'unknown';

/** Root of the document that a command is answered with. The others have no result. */
const ROOTS: Partial<Readonly<Record<S3CommandName, string>>> = {
  CopyObjectCommand: 'CopyObjectResult',
  CreateMultipartUploadCommand: 'InitiateMultipartUploadResult',
  UploadPartCopyCommand: 'CopyPartResult',
  ListPartsCommand: 'ListPartsResult',
  CompleteMultipartUploadCommand: 'CompleteMultipartUploadResult',
  ListMultipartUploadsCommand: 'ListMultipartUploadsResult',
  GetObjectTaggingCommand: 'Tagging',
  GetObjectAclCommand: 'AccessControlPolicy',
};

/** Bodies of all answers but lists are small; Ceph RGW writes a line of progress per MiB into that of CopyObject. */
const MAX_BODY_SIZE = 1024 * 1024;
const MAX_LIST_BODY_SIZE = 8 * 1024 * 1024;
const LIST_COMMANDS: ReadonlySet<S3CommandName> = new Set(['ListPartsCommand', 'ListMultipartUploadsCommand']);

/** More bytes than this in an answer are an error. */
export function maxBodySize(command: S3CommandName): number {
  return LIST_COMMANDS.has(command) ? MAX_LIST_BODY_SIZE : MAX_BODY_SIZE;
}

/** What the body of an answer to a command must be, for messages. */
export function wantedBody(command: S3CommandName): string {
  const root = ROOTS[command];
  return root === undefined ? 'empty, nor a document of the store' : `a ${root}`;
}

/**
 * Says what the body of a 2xx answer is. The SDK itself takes whatever it can't read for an empty result: a page of HTML is an object
 * without tags, an upload without parts.
 */
export function judgeBody(command: S3CommandName, answer: WireResponse): BodyKind {
  const { body, headers } = answer;
  const root = ROOTS[command];
  if (root === undefined) return kindOf(readNoResult(body));
  // These two know more: the usual answer without a parser, and Ceph's empty one.
  if (command === 'UploadPartCopyCommand') return kindOf(readCopyPartBody(body));
  if (command === 'GetObjectTaggingCommand') return kindOf(readTagging(body, headers));
  const found = parseXml(body)?.root;
  if (found === 'Error') return 'error';
  return found === root ? 'result' : 'unknown';
}

function kindOf(read: ReadBody<unknown>): BodyKind {
  return typeof read === 'string' ? read : 'result';
}
