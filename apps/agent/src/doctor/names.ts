import { lookup } from 'node:dns/promises';
import { proxyFor } from '@org/domain';
import { bootstrapAccess } from '../device/bootstrap.js';
import { type Finding, type Patient, serverUrl } from './finding.js';

const check = 'names';

/** Whether the names of the servers lead to addresses; a proxy looks up those behind it by itself. */
export async function checkNames({ settings, device }: Patient): Promise<readonly Finding[]> {
  const access = await bootstrapAccess(settings, device.store);
  const urls = [serverUrl(settings), ...(access ? [access.baseUrl] : [])];
  const hosts = new Set(urls.map((url) => proxyFor(settings.proxies, url)?.host ?? hostOf(url)));
  const behind = new Set(urls.filter((url) => proxyFor(settings.proxies, url)).map(hostOf));
  return [...(await Promise.all([...hosts].map(resolve))), ...[...behind].map(leftToProxy)];
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '');

const leftToProxy = (host: string): Finding => ({
  check,
  result: 'skipped',
  message: `${host}: the proxy looks it up`,
});

async function resolve(host: string): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return { check, result: 'ok', message: `${host}: ${addresses.map(({ address }) => address).join(', ')}` };
  } catch (error) {
    return {
      check,
      result: 'fail',
      message: `${host}: no address (${(error as NodeJS.ErrnoException).code})`,
      advice:
        'See whether the name is spelt right, whether the network is up, and what /etc/resolv.conf says.',
    };
  }
}
