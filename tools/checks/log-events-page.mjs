#!/usr/bin/env node
/**
 * Writes docs/reference/log-events.md: every call of a logger in the sources, with its message, level and fields. What to
 * do about warnings and errors stands below; one without advice, and advice about none, is an error.
 */
import { pathToFileURL } from 'node:url';
import { bringPage, collect, row, textOf, ts } from './sources.mjs';

const PAGE = 'docs/reference/log-events.md';
const LEVELS = ['error', 'warn', 'info', 'debug'];
const LOGGER = /(^|\.|#|\b)(log|logger)$/;

const PARTS = [
  ['Server apps', ['libs/*/src/**/*.ts', 'apps/{http,grpc}/src/**/*.ts']],
  ['Agent', ['apps/agent/src/**/*.ts']],
];

/** By the beginning of the message. */
const ADVICE = {
  // Server apps.
  'NO TLS: devices on other machines cannot enrol, unless a trusted proxy ends TLS for them':
    'intended behind a proxy only: [TLS](../how-to/tls.md)',
  'unexpected error': 'a defect: report it with the line. The caller got 500 `internal`',
  'answered UNAVAILABLE': 'check what `err.code` names: database or platform. The caller retries',
  'answered 503': 'check what `err.code` names: database or platform. The caller may retry',
  'TLS certificate renewal failed; retrying':
    'the old certificate stays in use until it ends; check the database and the authority',
  'OCSP answered internalError': 'check the database',
  'caller disconnected; its request continues':
    'nothing, unless it is frequent: then callers have too short a time limit',
  'drain timeout exceeded; aborting in-flight requests':
    'raise `MG_PROVISION_DRAIN_TIMEOUT`; what was aborted is recovered at the next start',
  'drain timeout exceeded; aborted requests to the platform':
    'as above. Aborted writes can leave [remnants](../how-to/remnants.md) on the platform',
  'abandoned certificates whose signing was interrupted':
    'nothing: these serial numbers count as revoked. [Issuing](../explanation/certificate.md#issuing)',
  'certificate reconciliation failed; will retry': 'check the database',
  'created a new certificate authority; keep a copy of it in a safe place':
    '[back it up](../how-to/backup-and-restore.md). If there was an authority before, stop: the app uses the wrong folder or database',
  'the new certificate authority: …':
    'some clients cannot verify Ed25519: [Which algorithm](../explanation/authority.md#which-algorithm)',
  'signing the head of the issuance log failed; retrying in an hour':
    'check the database and the authority’s keys',
  'THE ISSUANCE LOG WAS CHANGED: it no longer holds the head that was signed before':
    'someone changed records: keep the database as evidence, run `provision ca verify-log`. [What the log proves](../explanation/issuance-log.md)',
  'too few open files allowed (ulimit -n); lowering the connection limit':
    'raise `ulimit -n` (`LimitNOFILE=`)',
  'limit reached': 'find `limit` in [Limits](limits.md)',
  'a device has a certificate that is not on record: approve it again':
    'the database was restored: [Devices that are newer than the backup](../how-to/backup-and-restore.md#devices-that-are-newer-than-the-backup)',
  'step failed': '`err.code` says why; the run is rolled back',
  'step timed out but had taken effect': 'nothing; if frequent, the platform or the network is slow',
  'outcome of provisioning unknown; recovery will settle it':
    'nothing: another replica or the next start finishes it. [Leases](../explanation/leases.md)',
  'provisioning failed': 'the line `step failed` before it says why',
  'rollback incomplete; will retry':
    'check the platform and the service’s own credentials (`MG_PROVISION_API_KEY`)',
  "remnants found: the platform's API cannot remove them; remove them in its databases and acknowledge them":
    '[Deal with remnants](../how-to/remnants.md)',
  '… failed; retrying':
    'check what `err.code` names; work in the background (recovery, lease renewal, sweep, rollback)',
  '… does not start: …':
    'the message names the setting or file: [Troubleshooting](../how-to/troubleshooting.md)',
  // Agent.
  'notifying the service manager failed': 'check `NotifyAccess=` of the unit',
  'the server has no EnrolmentService; falling back to the HTTP API at provisioning.server_url':
    'correct `provisioning.grpc_url`, if the server has one',
  'identity removed, but the server could not be notified: revoke the machine there':
    '[Revoke](../how-to/revoke-and-reissue.md) the machine',
  'the state on the disk began on another device: its key may be in use there, too':
    'run `provision-agent doctor`; see [Factory images](../how-to/factory-images.md)',
  'completing an interrupted write of the bootstrap configuration failed':
    'check disk and permissions of `paths.state`',
  'control request failed': 'a defect: report it with the line',
  'saving the bootstrap configuration failed':
    'check disk and permissions; it is used from memory until then',
  'bootstrap configuration not available; retrying':
    'check the bootstrap service; is the configuration enabled?',
  'the server rejected the certificate':
    'the machine was revoked, or the clock is wrong: `provision-agent status`',
  'the agent failed; retrying': '`err` says why; `provision-agent doctor`',
  'enrolment failed; retrying': '`err` says why; `provision-agent doctor`',
  'renewal failed; will retry': '`err` says why; act before the certificate ends',
  'reading the renewal state failed': 'check disk and permissions of `paths.state`',
  'the server no longer renews this certificate: this device must be approved again':
    '[Approve](../how-to/approve-devices.md) the code that it shows',
  'the certificate has expired, and there is no new one yet': '`provision-agent doctor`',
  'no control socket: commands cannot reach this agent': 'check permissions of the state folder',
  'listen failed; retrying': 'another program has the address: `server.port`, `health.port`',
  'listen failed permanently; restart the agent to retry':
    'correct `server.url` or `health.listen`, then restart the agent',
  'a call of a program on this device failed': 'a defect: report it with the line',
  'call of a local program refused; further ones are counted only':
    'give the program `server.token`, or find out which one it is',
};

const INTRODUCTION = `# Log events

<!-- Generated from the sources by \`npm run generate\`. -->

Apps log JSON, one object a line: \`level\`, \`time\`, \`msg\`, the fields below, and in server apps \`service\` (\`provision-http\`, \`provision-grpc\`) and, during a request, \`request_id\` (also in the answer's \`X-Request-Id\`) and, where it is traced, \`trace_id\`. \`MG_PROVISION_LOG_FORMAT=text\` and the agent's \`log.format\` give lines for people. \`err\` holds \`kind\`, \`code\`, \`message\` and the cause; the codes are in [Error codes](errors.md). Secrets are never logged. \`MG_PROVISION_LOG_LEVEL\` chooses the lowest level; the agent has \`log.level\`.

\`…\` in a message stands for what differs. Lines about work that is retried every few seconds are written once a minute at most.`;

/** @returns whether the page differed */
export async function bringLogEventsPage(options) {
  const parts = PARTS.map(([title, patterns]) => [title, unique(collect(patterns, eventIn))]);
  const all = parts.flatMap(([, events]) => events);
  checkAdvice(all);
  const sections = parts.flatMap(([title, events]) => [
    `## ${title}`,
    ...LEVELS.filter((level) => events.some((it) => it.level === level)).map((level) => table(level, events)),
  ]);
  return bringPage(PAGE, [INTRODUCTION, ...sections].join('\n\n'), options);
}

function table(level, events) {
  const hasAdvice = level === 'error' || level === 'warn';
  const head = hasAdvice ? ['message', 'fields', 'what to do'] : ['message', 'fields'];
  const rows = events
    .filter((it) => it.level === level)
    .sort((a, b) => (a.message < b.message ? -1 : 1))
    .map(({ message, fields }) =>
      row(
        `\`${message}\``,
        fields.map((it) => `\`${it}\``).join(', '),
        ...(hasAdvice ? [adviceFor(message)] : []),
      ),
    );
  return [`### ${level}`, '', row(...head), row(...head.map(() => '---')), ...rows].join('\n');
}

const adviceFor = (message) => ADVICE[message];

function checkAdvice(events) {
  const serious = new Set(
    events.filter(({ level }) => level !== 'info' && level !== 'debug').map((it) => it.message),
  );
  const missing = [...serious].filter((message) => adviceFor(message) === undefined);
  const stale = Object.keys(ADVICE).filter((message) => !serious.has(message));
  if (missing.length + stale.length > 0)
    throw new Error(
      `tools/checks/log-events-page.mjs: advice is missing for ${JSON.stringify(missing)}, and there is no event ${JSON.stringify(stale)}`,
    );
}

/** Those of one message count once, with the fields of all. */
function unique(events) {
  const found = new Map();
  for (const event of events) {
    const key = `${event.level} ${event.message}`;
    const fields = new Set([...(found.get(key)?.fields ?? []), ...event.fields]);
    found.set(key, { ...event, fields: [...fields] });
  }
  return [...found.values()];
}

function* eventIn(node, source) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
  const { expression: target, name } = node.expression;
  if (!LEVELS.includes(name.text) || !LOGGER.test(target.getText(source))) return;
  const [first, second] = node.arguments;
  const message = second ? textOf(second) : textOf(first);
  // What is only passed on has its text elsewhere.
  if (message === undefined) return;
  yield { level: name.text, message, fields: second ? fieldsOf(first, source) : [] };
}

/** Names of an object literal, also of one in a constant of the same file that is spread or passed. */
function fieldsOf(node, source) {
  if (ts.isIdentifier(node)) return fieldsOfConstant(node, source);
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((property) => {
    if (ts.isSpreadAssignment(property)) return fieldsOfSpread(property.expression, source);
    return property.name ? [property.name.getText(source)] : [];
  });
}

function fieldsOfSpread(expression, source) {
  if (ts.isIdentifier(expression)) return fieldsOfConstant(expression, source);
  if (ts.isCallExpression(expression)) return fieldsOfConstant(expression.expression, source);
  if (ts.isParenthesizedExpression(expression)) return fieldsOfSpread(expression.expression, source);
  return ts.isBinaryExpression(expression)
    ? fieldsOfSpread(expression.right, source)
    : fieldsOf(expression, source);
}

/** @param name of a constant object, or of a function that returns one, in a scope around it */
function fieldsOfConstant(name, source) {
  let value = declarationOf(name)?.initializer;
  while (value && (ts.isArrowFunction(value) || ts.isParenthesizedExpression(value)))
    value = ts.isArrowFunction(value) ? value.body : value.expression;
  return value && ts.isObjectLiteralExpression(value) ? fieldsOf(value, source) : [];
}

function declarationOf({ text, parent }) {
  for (let scope = parent; scope; scope = scope.parent)
    for (const statement of scope.statements ?? [])
      for (const it of ts.isVariableStatement(statement) ? statement.declarationList.declarations : [])
        if (ts.isIdentifier(it.name) && it.name.text === text) return it;
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringLogEventsPage({ write: true });
