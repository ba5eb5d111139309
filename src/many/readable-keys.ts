import type { CopyStore } from '../store/copy-store.ts';

/** Stores that were seen to encode keys as they say, or not to. */
const keyForms = new WeakMap<CopyStore, 'encoded' | 'plain'>();

/** A page, and if nothing on it shows whether its keys are encoded, the same without encoding beside it, once for each store. */
export async function withReadableKeys<
  Asked extends object,
  Page extends { readonly keysInDoubt?: boolean | undefined },
>(
  store: CopyStore,
  asked: Asked,
  send: (request: Asked & { readonly plainKeys?: boolean }) => Promise<Page>,
  keysOf: (page: Page) => readonly string[],
): Promise<Page> {
  const isPlain = keyForms.get(store) === 'plain';
  const page = await send(isPlain ? { ...asked, plainKeys: true } : asked);
  if (page.keysInDoubt !== true || keyForms.has(store)) return page;
  const plain = await send({ ...asked, plainKeys: true });
  const plainKeys = keysOf(plain);
  const isEncoded = keysOf(page).every((key, index) => key === plainKeys[index]);
  keyForms.set(store, isEncoded ? 'encoded' : 'plain');
  return isEncoded ? page : plain;
}
