import type { RequestOf, StoreOperation } from '../store/copy-store.ts';
import { OPERATIONS, type WireOperation } from './operations.ts';
import { Draft, type DraftWriter } from './request-draft.ts';

/** Puts the request of an operation together. @throws StoreError for what must not be sent */
export function draftOf<Operation extends StoreOperation>(
  operation: Operation,
  request: RequestOf<Operation>,
  writer: DraftWriter,
): Draft {
  const { method, query, write }: WireOperation<Operation> = OPERATIONS[operation];
  const draft = new Draft(operation, method, request, query(request, writer.dialect));
  write?.(draft, request, writer);
  writer.addCommon(draft, request);
  return draft;
}
