import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Report } from '@org/domain';
import type { Origins, Values } from './resolve.js';
import { SETTINGS } from './table.js';

interface Resolved {
  readonly values: Values;
  readonly origins: Origins;
}

/** What holds between settings, and what is allowed but not wise. */
export function checkRules(resolved: Resolved, report: Report): void {
  checkPaths(resolved, report);
  checkLocal(resolved, report);
  checkServer(resolved, report);
  checkBootstrap(resolved, report);
}

const subjectOf = ({ origins }: Resolved, name: keyof Values) =>
  origins[name] ?? { key: SETTINGS[name].keys[0] };

/** Files that are written must each have a path of their own. */
function checkPaths(resolved: Resolved, report: Report): void {
  const users = new Map<string, string>();
  for (const name of [
    'privateKey',
    'csr',
    'cert',
    'caBundle',
    'root',
    'bootstrapCache',
    'bootstrapConfig',
  ] as const) {
    const path = resolve(resolved.values[name]);
    const other = users.get(path);
    if (other !== undefined) {
      report.problem(subjectOf(resolved, name), {
        message: 'two files cannot have the same path',
        found: `the path of ${other}`,
        wanted: 'a path of its own',
      });
    }
    users.set(path, SETTINGS[name].keys[0]);
  }
}

function checkLocal(resolved: Resolved, report: Report): void {
  const { tls, listen, grpcEnabled, token } = resolved.values;
  if (tls) {
    report.problem(subjectOf(resolved, 'tls'), {
      message: 'TLS is not offered to programs on the device',
      found: 'true',
      wanted: 'false, with server.url on the loopback address or a Unix socket',
    });
  }
  if (grpcEnabled && !isLocal(listen) && token === undefined) {
    report.warn(subjectOf(resolved, 'listen'), {
      message: 'whoever reaches this address can provision and deprovision the device',
      found: listen,
      wanted: '127.0.0.1 or unix:/path/of/socket, or a server.token',
    });
  }
}

function checkServer(resolved: Resolved, report: Report): void {
  for (const name of ['serverUrl', 'grpcUrl', 'bootstrapUrl'] as const) {
    const url = URL.parse(resolved.values[name] ?? '');
    if (url?.protocol !== 'http:' || isLocal(url.hostname)) continue;
    const saying = {
      message: 'without TLS anybody on the way can read and change what is sent',
      found: 'http:',
      wanted: 'https:',
    };
    // The older wires are often met without TLS; nobody has to start with that on this one.
    if (name !== 'grpcUrl' || resolved.values.allowPlaintext) report.warn(subjectOf(resolved, name), saying);
    else report.problem(subjectOf(resolved, name), saying);
  }
  if (resolved.values.bootstrapSkipTls) {
    report.warn(subjectOf(resolved, 'bootstrapSkipTls'), {
      message: 'anybody on the way can pass for the bootstrap service',
      found: 'true',
      wanted: 'false',
    });
  }
}

function checkBootstrap(resolved: Resolved, report: Report): void {
  const names = ['bootstrapUrl', 'externalId', 'externalKey'] as const;
  const absent = names.filter((name) => resolved.values[name] === undefined);
  if (absent.length === 0 || absent.length === names.length) return;
  const given = names.find((name) => !absent.includes(name))!;
  report.warn(subjectOf(resolved, given), {
    message: 'without the others this has no effect',
    found: 'this one',
    wanted: absent.map((name) => SETTINGS[name].keys[0]).join(' and '),
  });
}

const isLocal = (host: string): boolean =>
  host.startsWith('unix:') ||
  host === 'localhost' ||
  /^\[?::1\]?$/.test(host) ||
  (isIP(host) === 4 && host.startsWith('127.'));
