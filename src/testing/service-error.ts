/** Status and usual message of the error codes that the store answers. */
const codes: Readonly<Record<string, readonly [status: number, message: string]>> = {
  AccessDenied: [403, 'Access Denied'],
  AnnotationLimitExceeded: [400, 'The object has as many annotations as it can have'],
  AnnotationNameTooLong: [400, 'The annotation name exceeds 512 bytes'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed'],
  BadDigest: [400, 'The Content-MD5 or checksum you specified did not match what we received'],
  BucketAlreadyOwnedByYou: [409, 'Your previous request to create the named bucket succeeded and you already own it'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  ConditionalRequestConflict: [409, 'The conditional request cannot succeed due to a conflicting operation'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed object size'],
  ExpiredToken: [400, 'The provided token has expired'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header'],
  InternalError: [500, 'We encountered an internal error. Please try again'],
  InvalidAccessKeyId: [403, 'The access key id you provided does not exist in our records'],
  InvalidAnnotationName: [400, 'The annotation name you provided is invalid'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid'],
  InvalidDigest: [400, 'The Content-MD5 you specified is not valid'],
  InvalidObjectState: [403, "The operation is not valid for the object's storage class"],
  InvalidPart: [400, 'One or more of the specified parts could not be found, or an entity tag did not match'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidStorageClass: [400, 'The storage class you specified is not valid'],
  InvalidTag: [400, 'The tag provided was not a valid tag'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid'],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedACLError: [400, 'The XML you provided was not well-formed or did not validate against our schema'],
  MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our schema'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header'],
  NoSuchAnnotation: [404, 'The specified annotation does not exist'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchKey: [404, 'The specified key does not exist'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchObjectLockConfiguration: [404, 'The specified object does not have an object lock configuration'],
  NoSuchTagSet: [404, 'The tag set does not exist'],
  NoSuchUpload: [404, 'The specified upload does not exist; it may have been aborted or completed'],
  NoSuchVersion: [404, 'The specified version does not exist'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [501, 'A header or query you provided implies functionality that is not available here'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  PermanentRedirect: [301, 'The bucket you are attempting to access must be addressed using the specified endpoint'],
  PreconditionFailed: [412, 'At least one of the preconditions you specified did not hold'],
  RequestTimeTooSkewed: [403, "The difference between the request time and the server's time is too large"],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The server side encryption configuration was not found'],
  SignatureDoesNotMatch: [403, 'The request signature we calculated does not match the signature you provided'],
  SlowDown: [503, 'Please reduce your request rate'],
  TooManyRequests: [429, 'Too many requests'],
  UnsupportedMediaType: [415, 'The annotation payload is not valid UTF-8 encoded text'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed"],
};

/** A refusal by the store, answered as an `<Error>` document. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;
  /** More elements of the `<Error>` document, e.g. `Endpoint`. */
  readonly details: Readonly<Record<string, string>>;
  /** More headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message?: string,
    more: {
      readonly status?: number;
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const known = codes[code];
    super(message ?? known?.[1] ?? code);
    this.code = code;
    this.status = more.status ?? known?.[0] ?? 400;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }
}
