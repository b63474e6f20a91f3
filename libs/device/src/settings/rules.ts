import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Report } from '@org/domain';
import type { Environment, Origins, Values } from './resolve.js';
import { PKCS11_PIN, SETTINGS } from './table.js';

interface Resolved {
  readonly values: Values;
  readonly origins: Origins;
  readonly env: Environment;
}

/** What holds between settings, and what is allowed but not wise. */
export function checkRules(resolved: Resolved, report: Report): void {
  checkPaths(resolved, report);
  checkToken(resolved, report);
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

/** Half a token is none: the key would be in a file after all. */
function checkToken(resolved: Resolved, report: Report): void {
  const names = ['pkcs11Module', 'pkcs11Token', 'pkcs11PinFile'] as const;
  const given = names.find((name) => resolved.values[name] !== undefined);
  if (given === undefined) return;
  const { pkcs11Module, pkcs11Token, pkcs11PinFile } = resolved.values;
  const hasPin = pkcs11PinFile !== undefined || Boolean(resolved.env[PKCS11_PIN]);
  const wanted = [
    ...(pkcs11Module === undefined ? [SETTINGS.pkcs11Module.keys[0]] : []),
    ...(pkcs11Token === undefined ? [SETTINGS.pkcs11Token.keys[0]] : []),
    ...(hasPin ? [] : [`the variable ${PKCS11_PIN} or ${SETTINGS.pkcs11PinFile.keys[0]}`]),
  ];
  if (wanted.length === 0) return;
  report.problem(subjectOf(resolved, given), {
    message: 'a token for the private key needs more than this',
    found: 'a part of what is needed',
    wanted: wanted.join(' and '),
  });
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
    report.problem(subjectOf(resolved, 'listen'), {
      message: 'whoever reaches this address could provision and deprovision the device',
      found: listen,
      wanted: '127.0.0.1 or unix:/path/of/socket, or a long random text in server.token',
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
