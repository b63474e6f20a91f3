#!/usr/bin/env node
/**
 * What promtool says of the monitoring files and of the metrics of running apps. promtool comes from Debian's package
 * `prometheus`, which is unpacked and not installed; PROMTOOL names another one. Needs the apps to be built.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { metricsByPart } from './metrics.mjs';
import { dashboardExpressions } from './monitoring.mjs';

/** Of Debian 12. */
const VERSION = '2.42.0*';
const CACHE = 'node_modules/.cache/promtool';
const FOLDER = 'deploy/monitoring';
/** Only with PostgreSQL, and with a client certificate for the auth service. */
const NOT_HERE = /^provision_(database_(connections|connections_max|waiting_queries)|clock_offset_seconds)$/;

const scratch = mkdtempSync(join(tmpdir(), 'provision-monitoring-'));
const apps = [];
try {
  const promtool = process.env.PROMTOOL ?? bringPromtool();
  run(promtool, ['check', 'rules', `${FOLDER}/alerts.yaml`]);
  run(promtool, ['test', 'rules', `${FOLDER}/alerts.test.yaml`]);
  run(promtool, ['check', 'rules', dashboardAsRules()]);
  const texts = [await metricsOf('http'), await metricsOf('grpc')];
  for (const text of texts) checkMetrics(promtool, text);
  checkAllShown(texts.join('\n'));
} finally {
  const ended = apps.map((app) => app.exitCode ?? new Promise((resolve) => app.once('exit', resolve)));
  for (const app of apps) app.kill('SIGTERM');
  await Promise.all(ended);
  rmSync(scratch, { recursive: true });
}

function run(command, args, options = {}) {
  execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

function bringPromtool() {
  const program = join(CACHE, 'usr/bin/promtool');
  if (existsSync(program)) return program;
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const download = () => spawnSync('apt-get', ['download', '-qq', `prometheus=${VERSION}`], { cwd: CACHE });
  if (download().status !== 0) {
    run('apt-get', ['update', '-qq']);
    const { status, stderr } = download();
    if (status !== 0) throw new Error(`promtool cannot be downloaded: ${stderr}`);
  }
  const [archive] = readdirSync(CACHE);
  run('dpkg', ['-x', archive, '.'], { cwd: CACHE });
  return program;
}

/** Grafana's variables stand for something that PromQL can read. */
function dashboardAsRules() {
  const rules = [...dashboardExpressions()]
    .filter(([, expression]) => !expression.startsWith('label_values('))
    .map(([, expression], n) => ({
      record: `panel:${n}`,
      expr: expression.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
  const path = join(scratch, 'dashboard.yaml');
  writeFileSync(path, stringify({ groups: [{ name: 'dashboard', rules }] }));
  return path;
}

/** Starts an app on a state of its own, and reads its metrics. The platform need not be there. */
async function metricsOf(name) {
  const env = {
    PATH: process.env.PATH,
    MG_PROVISION_HTTP_HOST: '127.0.0.1',
    MG_PROVISION_HTTP_PORT: '0',
    MG_PROVISION_HTTP_TLS: 'configured',
    MG_PROVISION_GRPC_HOST: '127.0.0.1',
    MG_PROVISION_GRPC_PORT: '0',
    MG_PROVISION_GRPC_METRICS_PORT: '0',
    MG_PROVISION_CERTS_BACKEND: 'builtin',
    MG_PROVISION_STATE_PATH: join(scratch, `${name}.db`),
    MG_PROVISION_AUTHORITY_PATH: join(scratch, `${name}-authority`),
  };
  const app = spawn(process.execPath, [`apps/${name}/dist/main.js`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  apps.push(app);
  const { address, metrics_port: port } = await lineWith(app, 'address');
  const base = port === undefined ? address : `http://127.0.0.1:${port}`;
  // Once more, as the first call is itself counted when it has ended.
  await (await fetch(`${base}/metrics`)).text();
  return (await fetch(`${base}/metrics`)).text();
}

/** The first line of an app's log that has the field. The rest is read on, or the app could not write it. */
function lineWith(app, field) {
  return new Promise((resolve, reject) => {
    createInterface(app.stdout).on('line', (line) => {
      const facts = JSON.parse(line);
      if (field in facts) resolve(facts);
    });
    app.once('exit', (code) => reject(new Error(`an app did not start: exit code ${code}`)));
  });
}

/** Those of prom-client have names that promtool does not like: process_…, nodejs_…. */
function checkMetrics(promtool, text) {
  const { stdout, stderr, status } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line && !/^(process|nodejs)_/.test(line));
  // 3: it does not like something; anything else is no list of metrics.
  if ((status !== 0 && status !== 3) || said.length > 0)
    throw new Error(`promtool check metrics:\n${said.join('\n')}`);
}

function checkAllShown(text) {
  const [[, metrics]] = metricsByPart();
  const missing = metrics.filter(({ name }) => !NOT_HERE.test(name) && !text.includes(`# TYPE ${name} `));
  if (missing.length > 0) throw new Error(`no app shows ${missing.map(({ name }) => name).join(', ')}`);
  console.log(
    `${metrics.length} metrics, ${[...dashboardExpressions()].length} expressions of the dashboard: all fine`,
  );
}
