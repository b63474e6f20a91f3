import { resolve } from 'node:path';
import { type Report, isLoopback } from '@org/domain';
import { signPath } from '../enrolment/mecha/sign-url.js';
import type { Resolved, Values } from './resolve.js';
import { PKCS11_PIN, SETTINGS } from './table.js';

interface Rule {
  /** What it looks at: when one of them could not be read, there is nothing to say. */
  readonly of: readonly (keyof Values)[];
  readonly check: (resolved: Resolved, report: Report) => void;
}

/** What holds between settings, and what is allowed but not wise. */
export function checkRules(resolved: Resolved, report: Report): void {
  for (const { of, check } of RULES) {
    if (!of.some((name) => resolved.unread.has(name))) check(resolved, report);
  }
}

const subjectOf = ({ origins }: Resolved, name: keyof Values) =>
  origins[name] ?? { key: SETTINGS[name].keys[0] };

const WRITTEN = [
  'privateKey',
  'csr',
  'cert',
  'caBundle',
  'root',
  'bootstrapCache',
  'bootstrapConfig',
] as const;

/** Files that are written must each have a path of their own. */
function checkPaths(resolved: Resolved, report: Report): void {
  const users = new Map<string, string>();
  for (const name of WRITTEN.filter((each) => !resolved.unread.has(each))) {
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

const TOKEN = ['pkcs11Module', 'pkcs11Token', 'pkcs11PinFile'] as const;

/** Half a token is none: the key would be in a file after all. */
function checkToken(resolved: Resolved, report: Report): void {
  const given = TOKEN.find((name) => resolved.values[name] !== undefined);
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

function checkTls(resolved: Resolved, report: Report): void {
  if (!resolved.values.tls) return;
  report.problem(subjectOf(resolved, 'tls'), {
    message: 'TLS is not offered to programs on the device',
    found: 'true',
    wanted: 'false, with server.url on the loopback address or a Unix socket',
  });
}

function checkLocal(resolved: Resolved, report: Report): void {
  const { listen, grpcEnabled, token } = resolved.values;
  if (!grpcEnabled || isLocal(listen) || token !== undefined) return;
  report.problem(subjectOf(resolved, 'listen'), {
    message: 'anyone who reaches this address could provision and deprovision the device',
    found: listen,
    wanted: '127.0.0.1 or unix:/path/of/socket, or a long random text in server.token',
  });
}

const checkPlaintext =
  (name: 'serverUrl' | 'grpcUrl' | 'bootstrapUrl') =>
  (resolved: Resolved, report: Report): void => {
    const url = URL.parse(resolved.values[name] ?? '');
    if (url?.protocol !== 'http:' || isLocal(url.hostname)) return;
    const saying = {
      message: 'without TLS anybody on the way can read and change what is sent',
      found: 'http:',
      wanted: 'https:',
    };
    // The older wires are often met without TLS; no one has to start with that on this one.
    if (name !== 'grpcUrl' || resolved.values.allowPlaintext) report.warn(subjectOf(resolved, name), saying);
    else report.problem(subjectOf(resolved, name), saying);
  };

function checkSignUrl(resolved: Resolved, report: Report): void {
  const { serverUrl, certSignUrl, grpcUrl } = resolved.values;
  try {
    signPath(serverUrl, certSignUrl);
  } catch {
    const subject = subjectOf(resolved, 'certSignUrl');
    const saying = {
      message: 'certificates are renewed at the provisioning server and nowhere else',
      found: JSON.stringify(certSignUrl),
      wanted: `a path such as ${SETTINGS.certSignUrl.default}, or an address below ${serverUrl}/`,
    };
    // Only the older wire reads it.
    if (grpcUrl === undefined) report.problem(subject, saying);
    else report.warn(subject, saying);
  }
}

function checkSkipTls(resolved: Resolved, report: Report): void {
  if (!resolved.values.bootstrapSkipTls) return;
  report.warn(subjectOf(resolved, 'bootstrapSkipTls'), {
    message: 'anybody on the way can pass for the bootstrap service',
    found: 'true',
    wanted: 'false',
  });
}

const BOOTSTRAP = ['bootstrapUrl', 'externalId', 'externalKey'] as const;

function checkBootstrap(resolved: Resolved, report: Report): void {
  const absent = BOOTSTRAP.filter((name) => resolved.values[name] === undefined);
  if (absent.length === 0 || absent.length === BOOTSTRAP.length) return;
  const given = BOOTSTRAP.find((name) => !absent.includes(name))!;
  report.warn(subjectOf(resolved, given), {
    message: 'without the others this has no effect',
    found: 'this one',
    wanted: absent.map((name) => SETTINGS[name].keys[0]).join(' and '),
  });
}

const isLocal = (host: string): boolean => host.startsWith('unix:') || isLoopback(host);

const RULES: readonly Rule[] = [
  // Which of the paths can be judged, it sees for itself.
  { of: ['data'], check: checkPaths },
  { of: TOKEN, check: checkToken },
  { of: ['tls'], check: checkTls },
  { of: ['listen', 'grpcEnabled', 'token'], check: checkLocal },
  { of: ['serverUrl'], check: checkPlaintext('serverUrl') },
  { of: ['grpcUrl', 'allowPlaintext'], check: checkPlaintext('grpcUrl') },
  { of: ['bootstrapUrl'], check: checkPlaintext('bootstrapUrl') },
  { of: ['serverUrl', 'certSignUrl', 'grpcUrl'], check: checkSignUrl },
  { of: ['bootstrapSkipTls'], check: checkSkipTls },
  { of: BOOTSTRAP, check: checkBootstrap },
];
