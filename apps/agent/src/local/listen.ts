import { lookup } from 'node:dns/promises';
import { lstat, rm } from 'node:fs/promises';
import { type AddressInfo, BlockList, type Server, connect, isIPv6 } from 'node:net';
import type { ListenAddress } from '@org/device/settings';
import { ProvisionError } from '@org/domain';

interface ListenOptions {
  /** What is served, for messages. */
  readonly what: string;
  /** Their keys, likewise. */
  readonly settings: string;
  /** Whether others than programs on this device may be served. */
  readonly anybody: boolean;
}

/** Programs of the agent's user and group. A shell's or a service's umask must not let in more. */
const SOCKET_UMASK = 0o117;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Listens on the loopback address, or on a Unix socket of mode 0660; elsewhere only for anybody. What a dead process
 * has left of a socket is removed.
 *
 * @returns where that is: `host:port`, the host as an IP address, or the path of the socket
 * @throws ProvisionError `invalid` (`address_not_local`), `unavailable` (`address_in_use`, `address_unusable`)
 */
export async function listenAt(
  server: Server,
  address: ListenAddress,
  options: ListenOptions,
): Promise<string> {
  try {
    if ('socket' in address) await atSocket(server, address.socket);
    else await atHost(server, address, options);
    return placeOf(server.address()!);
  } catch (cause) {
    if (cause instanceof ProvisionError) throw cause;
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    const where = 'socket' in address ? address.socket : `${address.host}:${address.port}`;
    const taken = code === 'EADDRINUSE';
    const why = taken ? 'another program is listening there' : code;
    throw new ProvisionError({
      kind: 'unavailable',
      code: taken ? 'address_in_use' : 'address_unusable',
      message: `${options.what} cannot be served at ${where}: ${why}. Choose another ${options.settings}.`,
      cause,
    });
  }
}

async function atHost(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  { what, anybody }: ListenOptions,
): Promise<void> {
  const { address } = await lookup(host);
  if (!anybody && !loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'address_not_local',
      message:
        `${what} is not served at ${host}, where others than this device's programs can reach it, without a token. ` +
        'Set server.url to 127.0.0.1 or to unix:/path/of/socket; or set server.token, and know that it travels in plaintext.',
    });
  }
  await bound(server, () => server.listen(port, address));
}

async function atSocket(server: Server, path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts?.isSocket() && !(await isAnswered(path))) await rm(path, { force: true });
  await bound(server, () => {
    // The socket is made within this call: nothing else in this process sees the mask.
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

function placeOf(address: AddressInfo | string): string {
  if (typeof address === 'string') return address;
  const { address: host, port } = address;
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function bound(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
    listen();
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
