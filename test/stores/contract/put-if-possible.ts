import { type Scene, sourceBucket, type TestObject } from './scene.ts';

/** Undefined if the server takes no such key, or keeps the object under another. */
export async function putIfPossible(scene: Scene, key: string, size: number): Promise<TestObject | undefined> {
  try {
    const source = await scene.put(sourceBucket, key, size);
    return (await scene.read(sourceBucket, key))?.md5 === source.md5 ? source : undefined;
  } catch {
    return undefined;
  }
}
