import type { Known } from './server-memory.ts';

/** Whether two stores are certainly one installation: the same object, or the same known endpoint, whatever the credentials. */
export function isSameStore(a: Known, b: Known): boolean {
  const endpoint = a.traits?.endpoint;
  return a === b || (endpoint !== undefined && endpoint === b.traits?.endpoint);
}

/** Whether two stores may be one installation: only two known endpoints that differ rule it out. */
export function mayBeSameStore(a: Known, b: Known): boolean {
  const endpoints = [a.traits?.endpoint, b.traits?.endpoint];
  return endpoints.includes(undefined) || endpoints[0] === endpoints[1];
}
