import { proxyFor, proxyName } from '@org/domain';
import { authorityOf, tunnelProblem } from '@org/http-client/tunnel';
import { type Finding, type Patient, serverUrl } from './finding.js';

const check = 'proxy';
const TIMEOUT_MS = 10_000;

/** Whether the proxy, where there is one, leads to the server. */
export async function checkProxy({ settings }: Patient): Promise<readonly Finding[]> {
  const { proxies } = settings;
  if (!proxies) return [{ check, result: 'skipped', message: 'none is set: connections are direct' }];
  const url = serverUrl(settings);
  const name = proxyName(proxies.proxy);
  const proxy = proxyFor(proxies, url);
  if (!proxy) return [{ check, result: 'skipped', message: `${url} is reached without ${name}` }];
  const { hostname, port } = new URL(url);
  const server = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) };
  const problem = await tunnelProblem({ proxy, ...server }, { timeoutMs: TIMEOUT_MS });
  if (!problem) return [{ check, result: 'ok', message: `${name} connects to ${authorityOf(server)}` }];
  return [{ check, result: 'fail', message: problem.message, advice: adviceOn(problem.code, proxy.from) }];
}

const adviceOn = (code: string, from: string): string =>
  code === 'proxy_refused'
    ? 'Have the proxy allow it; or name the host in proxy.except (no_proxy), where it can be reached directly.'
    : `See whether ${from} is right; "proxy: { url: none }" in the settings switches the proxy off.`;
