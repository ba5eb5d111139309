export { traceCopies, type TraceCopiesOptions } from './trace-copies.ts';
