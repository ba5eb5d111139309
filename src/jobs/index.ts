export { checkCheckpointStore, type CheckpointStoreCheck } from './check-checkpoint-store.ts';
