import type { OperationName } from './operation-name.ts';
import type { Personality } from './personality.ts';
import { ServiceError } from './service-error.ts';
import type { StoreRequest } from './store-request.ts';

/** @throws {ServiceError} what the server at hand answers to a request that it doesn't take */
export function refuseRequest({ refuses }: Personality, operation: OperationName, request: StoreRequest): void {
  if (refuses.length === 0) return;
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}:${String(value)}`);
  for (const { operations, header, key, code, status } of refuses) {
    if (operations?.includes(operation) === false) continue;
    if (key?.test(request.key) === false) continue;
    const line = header === undefined ? undefined : lines.find((each) => header.test(each));
    if (header !== undefined && line === undefined) continue;
    const message = line === undefined ? undefined : `Unsupported header '${line.slice(0, line.indexOf(':'))}'`;
    throw new ServiceError(code, message, status === undefined ? {} : { status });
  }
}
