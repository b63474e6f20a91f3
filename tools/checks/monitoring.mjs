#!/usr/bin/env node
/**
 * Checks what watches this product: every metric that the alert rules and the dashboard name is in the sources and has the
 * labels and values that they select by, every rule says what to do, and its runbook is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ALERTS, alertRules, metricsByPart } from './metrics.mjs';

export const DASHBOARD = 'deploy/monitoring/dashboard.json';

/** Of prom-client; those of our own that share the beginning would be found in the sources first. */
const DEFAULT = /^(process|nodejs)_/;
const NAME = /\b(?:provision|upstream|http|grpc|process|nodejs)_[a-z0-9_]+/;
const SELECTOR = new RegExp(`(${NAME.source})(?:\\{([^}]*)\\})?`, 'g');
const SUFFIXES = ['_bucket', '_sum', '_count'];
/** Prometheus adds them when it scrapes. */
const OF_TARGETS = ['job', 'instance'];
const SEVERITIES = ['critical', 'warning'];

/** All expressions of the dashboard, with where they stand. */
export function* dashboardExpressions() {
  const { panels, templating } = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  for (const { title, targets = [] } of panels)
    for (const { expr } of targets) yield [`${DASHBOARD}, panel ${title}`, expr];
  for (const { name, type, definition } of templating.list)
    if (type === 'query') yield [`${DASHBOARD}, variable ${name}`, definition];
}

/** What is wrong with an expression, in sentences. */
export function* problemsOf(expression, metrics) {
  const labelsHere = new Set(OF_TARGETS);
  let found = 0;
  for (const [, written, matchers = ''] of expression.matchAll(SELECTOR)) {
    found += 1;
    if (DEFAULT.test(written)) continue;
    const metric = metricOf(written, metrics);
    if (!metric) {
      yield `there is no metric ${written}`;
      continue;
    }
    for (const label of metric.labels) labelsHere.add(label);
    for (const [, label, , values] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g))
      yield* problemsOfMatcher(metric, label, values);
  }
  if (found === 0) yield 'it names no metric of ours';
  for (const [, list] of expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g))
    for (const label of list.split(',').map((it) => it.trim()))
      if (!labelsHere.has(label)) yield `its metrics have no label ${label}`;
}

function metricOf(written, metrics) {
  const plain = metrics.find(({ name, type }) => name === written && type !== 'histogram');
  if (plain) return plain;
  const suffix = SUFFIXES.find((it) => written.endsWith(it));
  const histogram = metrics.find(
    ({ name, type }) => type === 'histogram' && suffix && name + suffix === written,
  );
  return histogram && suffix === '_bucket'
    ? { ...histogram, labels: [...histogram.labels, 'le'] }
    : histogram;
}

/** The help text of a metric names the values of its labels; those of requests are what HTTP and gRPC have. */
function* problemsOfMatcher({ name, labels, help }, label, values) {
  if (OF_TARGETS.includes(label)) return;
  if (!labels.includes(label)) yield `${name} has no label ${label}`;
  else if (name.startsWith('provision_'))
    for (const value of values.split('|'))
      if (!new RegExp(`\\b${value}\\b`).test(help))
        yield `no ${label} of ${name} is ${value}, by its help text`;
}

function* problemsOfRule({
  alert,
  expr,
  labels,
  annotations: { summary, description, runbook_url: runbook },
}) {
  if (!SEVERITIES.includes(labels?.severity)) yield `its severity is not ${SEVERITIES.join(' or ')}`;
  if (!summary || !description) yield 'summary or description is missing';
  const [page, anchor] = String(runbook).split('#');
  if (!existsSync(page)) yield `its runbook ${runbook} is not there`;
  else if (anchor && !anchorsOf(page).includes(anchor)) yield `its runbook ${page} has no heading #${anchor}`;
  if (!/^Provision[A-Za-z]+$/.test(alert)) yield 'its name does not begin with Provision';
  if (!expr) yield 'it has no expression';
}

const anchorsOf = (page) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );

function allProblems() {
  const metrics = metricsByPart().flatMap(([, each]) => each);
  const rules = alertRules().flatMap((rule) =>
    [...problemsOf(rule.expr, metrics), ...problemsOfRule(rule)].map(
      (it) => `${ALERTS}, ${rule.alert}: ${it}`,
    ),
  );
  const panels = [...dashboardExpressions()].flatMap(([where, expression]) =>
    [...problemsOf(expression, metrics)].map((it) => `${where}: ${it}`),
  );
  return [...rules, ...panels];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = allProblems();
  for (const each of problems) console.error(each);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
