/** The metrics of our sources, and the alert rules on them. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { collect, propertyOf, textOf, ts } from './sources.mjs';

export const ALERTS = 'deploy/monitoring/alerts.yaml';

const KINDS = { Counter: 'counter', Gauge: 'gauge', Histogram: 'histogram' };
const PARTS = [
  ['Server apps', ['libs/*/src/**/*.ts', 'apps/{http,grpc}/src/**/*.ts']],
  ['Agent', ['apps/agent/src/**/*.ts']],
];

/** @returns pairs of a title and its metrics: name, type, labels, help */
export const metricsByPart = () => PARTS.map(([title, patterns]) => [title, collect(patterns, metricIn)]);

/** @returns every rule with its fields as the file has them */
export const alertRules = () => parse(readFileSync(ALERTS, 'utf8')).groups.flatMap(({ rules }) => rules);

/** A metric is an object literal with a name, a help text, and a class of prom-client around it, or a call of ours that makes a gauge. */
function* metricIn(node) {
  if (!ts.isObjectLiteralExpression(node)) return;
  const [name, help] = [textOf(propertyOf(node, 'name')), textOf(propertyOf(node, 'help'))];
  if (!name || !help || !/^[a-z_]+$/.test(name)) return;
  const labels = propertyOf(node, 'labelNames');
  const type = ts.isNewExpression(node.parent) ? KINDS[node.parent.expression.getText()] : 'gauge';
  if (type === undefined) return;
  yield { name, help, type, labels: labels ? labels.elements.map((it) => it.text) : [] };
}
