export type * from './result-fields.ts';
export type { CommonMsg, InterfaceResultHeader, ObsResult } from './interface-result.ts';
export type * from './method-params.ts';
export type { ObsClientOptions } from './obs-client-options.ts';
export { type ObsCallback, ObsClient, type ObsMethod } from './obs-client.ts';
