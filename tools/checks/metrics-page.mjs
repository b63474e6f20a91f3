#!/usr/bin/env node
/** Writes docs/reference/metrics.md: names, types, labels and help texts from the sources, alerts from their rules. */
import { pathToFileURL } from 'node:url';
import { ALERTS, alertRules, metricsByPart } from './metrics.mjs';
import { bringPage, row } from './sources.mjs';

const PAGE = 'docs/reference/metrics.md';
/** @returns whether the page differed */
export async function bringMetricsPage(options) {
  const sections = metricsByPart().map(([title, metrics]) =>
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
  const text = [INTRODUCTION, ...sections, ALERTS_HEAD + alertRules().map(alertRow).join('\n')].join('\n\n');
  return bringPage(PAGE, text, options);
}

const INTRODUCTION = `# Metrics

<!-- Generated from the sources by \`npm run generate\`. -->

In Prometheus's text format: \`GET /metrics\` on the HTTP app (port 9016), on the gRPC app's port for health and metrics (9018), and on the agent's \`health.port\`, where one is set. Besides the metrics below, each process has the default ones of [prom-client](https://github.com/siimon/prom-client) (\`process_…\`, \`nodejs_…\`).

Labels have a fixed set of values: no ids, no names, nothing that a caller sent. Gauges that are read from the database have the same value on every replica; aggregate them with \`max\`, not \`sum\`.`;

const ALERTS_HEAD = `## Alerts

The rules of [${ALERTS}](../../${ALERTS}): a set to begin with, see [Monitor](../how-to/monitor.md). \`summary\` and \`description\` as the rules have them, without what Prometheus puts in.

| alert | severity | expression | for | summary | description |
|---|---|---|---|---|---|
`;

function alertRow({ alert, expr, for: time, labels, annotations }) {
  const { summary, description, runbook_url: runbook } = annotations;
  const link = runbook.startsWith('docs/') ? runbook.replace('docs/', '../') : runbook;
  const text = (words) => words.replaceAll(/\{\{[^}]*\}\}/g, '…');
  return row(`[${alert}](${link})`, labels.severity, `\`${expr}\``, time, text(summary), text(description));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringMetricsPage({ write: true });
