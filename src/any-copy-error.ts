import {
  type CheckpointError,
  type CompleteFailedError,
  type CopyError,
  type CopyOptionsError,
  type DestinationExistsError,
  isCopyError as isOfThisLibrary,
  type PartFailedError,
  type SourceChangedError,
  type SourceNotFoundError,
  type VerificationError,
} from './errors.ts';
import type { StoreError } from './store/store-error.ts';

/** Every error of this library. Its `code` says which one it is, and which fields it has. */
export type AnyCopyError =
  | CheckpointError
  | CompleteFailedError
  | CopyOptionsError
  | DestinationExistsError
  | PartFailedError
  | SourceChangedError
  | SourceNotFoundError
  | StoreError
  | VerificationError
  | (CopyError & { readonly code: 'ERR_COPY' });

/** True for every error of this library, also when two copies of the package are installed. */
export function isCopyError(value: unknown): value is AnyCopyError {
  return isOfThisLibrary(value);
}
