export type {
  CompleteMultipartUploadFields,
  CopyObjectFields,
  CopyPartFields,
  EncryptionFields,
  GetObjectMetadataFields,
  InitiateMultipartUploadFields,
  ListMultipartUploadsFields,
  ListPartsFields,
  PartFields,
  UploadFields,
} from './result-fields.ts';
export type { CommonMsg, InterfaceResultHeader, ObsResult } from './interface-result.ts';
export type {
  AbortMultipartUploadParams,
  CompleteMultipartUploadParams,
  CopyObjectParams,
  CopyPartParams,
  CustomerKeyParams,
  GetObjectMetadataParams,
  InitiateMultipartUploadParams,
  ListMultipartUploadsParams,
  ListPartsParams,
  ObjectParams,
  PropertyParams,
  SourceKeyParams,
} from './method-params.ts';
export type { ObsClientOptions } from './obs-client-options.ts';
export { ObsClient, type ObsMethod } from './obs-client.ts';
export type { ObsCallback } from './settle.ts';
