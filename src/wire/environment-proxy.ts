import type { EnvHttpProxyAgent } from 'undici';
import { CopyOptionsError } from '../errors.ts';
import type { HttpDispatcher } from './send-request.ts';

/** As curl and undici read them: a name in lower case counts before the same one in capitals. */
const PROXIES = { httpsProxy: ['https_proxy', 'HTTPS_PROXY'], httpProxy: ['http_proxy', 'HTTP_PROXY'] } as const;

/**
 * Sends requests through the proxy that `HTTPS_PROXY` or `HTTP_PROXY` names, but for the hosts of `NO_PROXY`.
 *
 * @returns undefined if the environment names none
 * @throws CopyOptionsError for one that isn't an HTTP proxy
 */
export function environmentProxy(): HttpDispatcher | undefined {
  const httpsProxy = readProxy(PROXIES.httpsProxy);
  const httpProxy = readProxy(PROXIES.httpProxy);
  if (httpsProxy === undefined && httpProxy === undefined) return undefined;
  let agent: Promise<EnvHttpProxyAgent> | undefined;
  return {
    dispatch(options, handler) {
      // undici takes longer to load than all of this library.
      agent ??= import('undici').then(
        ({ EnvHttpProxyAgent: Agent }) => new Agent({ httpsProxy: httpsProxy ?? '', httpProxy: httpProxy ?? '' }),
      );
      void agent.then((loaded) => loaded.dispatch(options as never, handler as never));
      return true;
    },
  };
}

function readProxy(names: readonly string[]): string | undefined {
  const name = names.find((candidate) => (process.env[candidate] ?? '') !== '');
  if (name === undefined) return undefined;
  const text = process.env[name] as string;
  const url = text.includes('://') ? text : `http://${text}`;
  // The text may hold a password.
  const [scheme = ''] = url.split('://');
  if (scheme !== 'http' && scheme !== 'https') {
    throw new CopyOptionsError(
      `${name} names a proxy by ${scheme}://, but only http:// and https:// proxies can be used: unset it, or name the store in NO_PROXY`,
    );
  }
  if (!URL.canParse(url)) {
    throw new CopyOptionsError(`${name} isn't the address of a proxy: write http://host:port`);
  }
  return url;
}
