#!/usr/bin/env node
/**
 * Writes docs/reference/metrics.md: names, types, labels and help texts from the sources, and the alerts below. An alert
 * on a metric that does not exist is an error.
 */
import { pathToFileURL } from 'node:url';
import { bringPage, collect, propertyOf, row, textOf, ts } from './sources.mjs';

const PAGE = 'docs/reference/metrics.md';
const KINDS = { Counter: 'counter', Gauge: 'gauge', Histogram: 'histogram' };

const PARTS = [
  ['Server apps', ['libs/*/src/**/*.ts', 'apps/{http,grpc}/src/**/*.ts']],
  ['Agent', ['apps/agent/src/**/*.ts']],
];

/** Expression, for how long, why, what to do. */
const ALERTS = [
  [
    'provision_issuance_log_intact == 0',
    '',
    'certificates on record were changed or removed behind the authority',
    '`provision ca verify-log`; treat the database as compromised: [what the log proves](../explanation/issuance-log.md)',
  ],
  [
    'max(provision_remnants) > 0',
    '',
    'resources exist that belong to no gateway; clients among them can still connect',
    '[Deal with remnants](../how-to/remnants.md)',
  ],
  [
    'max(provision_leftovers) > 0',
    '30m',
    'removal of what a failed run created keeps failing',
    'the log line `rollback incomplete; will retry` names the service; usually missing credentials (`MG_PROVISION_API_KEY`) or an outage',
  ],
  [
    'max(provision_journal_runs{state="running"}) > 0',
    '15m',
    'a run does not end',
    'look for `recovery … failed; retrying` in the log, and at `/ready`',
  ],
  [
    'provision_database_up == 0',
    '1m',
    'nothing can be provisioned or enrolled',
    'check the database and `MG_PROVISION_DATABASE_URL`',
  ],
  [
    'abs(provision_clock_offset_seconds) > 10',
    '5m',
    'a replica whose clock is off by more than `MG_PROVISION_MAX_CLOCK_OFFSET` is not ready',
    'NTP on that machine',
  ],
  [
    'sum(rate(provision_runs_total{outcome="failed"}[15m])) > 0',
    '15m',
    'the platform refuses or fails',
    'the log line `step failed` names the step and the cause: [Troubleshooting](../how-to/troubleshooting.md)',
  ],
  [
    'sum by (limit) (rate(provision_limits_reached_total[10m])) > 1',
    '10m',
    'someone sends too much, or a limit is too low for the fleet',
    '[Limits](limits.md), by the label `limit`',
  ],
  [
    'increase(provision_token_refreshes_total{outcome="failed"}[15m]) > 0',
    '15m',
    "the service's own credentials no longer work, so failed runs cannot be removed",
    '[Rotate keys and tokens](../how-to/rotate-keys-and-tokens.md)',
  ],
  [
    'upstream_abandoned_requests > 10',
    '5m',
    'the platform does not respond; each of these requests may still take effect',
    'check the platform',
  ],
  [
    'provision_agent_certificate_expiry_seconds - time() < 7 * 86400',
    '1h',
    'the device does not renew',
    '`provision-agent doctor` on the device',
  ],
  [
    'provision_agent_identity{state="broken"} == 1',
    '5m',
    'key or certificate of the device cannot be used',
    '`provision-agent status` on the device',
  ],
];

/** @returns whether the page differed */
export async function bringMetricsPage(options) {
  const parts = PARTS.map(([title, patterns]) => [title, collect(patterns, metricIn)]);
  const known = new Set(parts.flatMap(([, metrics]) => metrics.map(({ name }) => name)));
  for (const [expression] of ALERTS) {
    const [name] = /\b(provision|upstream)_[a-z_]+/.exec(expression);
    if (!known.has(name)) throw new Error(`an alert on ${name}, which does not exist`);
  }
  const sections = parts.map(([title, metrics]) =>
    [
      `## ${title}`,
      '',
      '| metric | type | labels | meaning |',
      '|---|---|---|---|',
      ...metrics
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, type, labels, help }) =>
          row(`\`${name}\``, type, labels.map((it) => `\`${it}\``).join(', '), help),
        ),
    ].join('\n'),
  );
  const alerts = ALERTS.map(([expression, ...cells]) => row(`\`${expression}\``, ...cells));
  const text = [INTRODUCTION, ...sections, ALERTS_HEAD + alerts.join('\n')].join('\n\n');
  return bringPage(PAGE, text, options);
}

const INTRODUCTION = `# Metrics

<!-- Generated from the sources by \`npm run generate\`. -->

In Prometheus's text format: \`GET /metrics\` on the HTTP app (port 9016), on the gRPC app's port for health and metrics (9018), and on the agent's \`health.port\`, where one is set. Besides the metrics below, each process has the default ones of [prom-client](https://github.com/siimon/prom-client) (\`process_…\`, \`nodejs_…\`).

Labels have a fixed set of values: no ids, no names, nothing that a caller sent. Gauges that are read from the database have the same value on every replica; aggregate them with \`max\`, not \`sum\`.`;

const ALERTS_HEAD = `## Alerts

A set to begin with. Adapt the times to your installation.

| expression | for | why | what to do |
|---|---|---|---|
`;

/** A metric is an object literal with a name, a help text, and a class of prom-client around it, or one of ours that makes gauges. */
function* metricIn(node) {
  if (!ts.isObjectLiteralExpression(node)) return;
  const [name, help] = [textOf(propertyOf(node, 'name')), textOf(propertyOf(node, 'help'))];
  if (!name || !help || !/^[a-z_]+$/.test(name)) return;
  const labels = propertyOf(node, 'labelNames');
  const type = ts.isNewExpression(node.parent) ? KINDS[node.parent.expression.getText()] : 'gauge';
  if (type === undefined) return;
  yield { name, help, type, labels: labels ? labels.elements.map((it) => it.text) : [] };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringMetricsPage({ write: true });
