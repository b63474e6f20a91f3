#!/usr/bin/env node
/**
 * Checks the compose cases beyond the schema: what they refer to is there, programs are hardened, and their settings are a
 * valid configuration to the program that they are for. And that every setting that `deploy/` names exists.
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { settingsTable } from '../../libs/layout-config/dist/index.js';

const problems = [];
const need = (fits, problem) => fits || problems.push(problem);

/** Magistrala's own, for its compose files. */
const OTHERS = ['MG_ADDONS_CERTS_PATH_PREFIX'];
const known = new Set([...settingsTable().flatMap(({ name, aliases }) => [name, ...aliases]), ...OTHERS]);
for (const path of globSync('deploy/**/*', { withFileTypes: true })) {
  if (!path.isFile() || /\.(mjs|sh)$/.test(path.name)) continue;
  const file = `${path.parentPath}/${path.name}`;
  for (const [name] of readFileSync(file, 'utf8').matchAll(/\bMG_[A-Z0-9_]+\b/g))
    need(known.has(name) || known.has(name.replace(/_FILE$/, '')), `${file}: there is no setting ${name}`);
}

/** What an operator would say. */
const ANSWERS = {
  MG_PROVISION_OPERATOR_TOKENS: `alice:${'0f'.repeat(32)}`,
  PROVISION_NAMES: 'provision.example.com',
  MG_PROVISION_VERIFICATION_URL: 'https://provision.example.com/enrol',
};
const FILES = {
  '/run/secrets/state-key': '0f'.repeat(32),
  '/run/secrets/database-url': 'postgres://provision:x@database/provision?sslmode=disable',
  '/run/secrets/operator-tokens': ANSWERS.MG_PROVISION_OPERATOR_TOKENS,
};
const PROGRAMS = { 'provision-http:latest': 'http', 'provision-grpc:latest': 'grpc' };

for (const path of globSync('deploy/compose/*/compose.yaml')) {
  const file = parse(readFileSync(path, 'utf8'), { merge: true });
  for (const [name, service] of Object.entries(file.services)) {
    const at = `${path}: ${name}`;
    for (const other of Object.keys(service.depends_on ?? {}))
      need(file.services[other], `${at} depends on ${other}, which is not there`);
    for (const part of ['secrets', 'networks'])
      for (const one of [service[part] ?? []]
        .flat()
        .flatMap((it) => (typeof it === 'string' ? it : Object.keys(it))))
        need(file[part]?.[one] !== undefined, `${at}: no ${one} among the ${part}`);
    const program = PROGRAMS[resolve(service.image)];
    if (program !== undefined) checkProgram(at, service, program);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** As compose does it, for the forms that are used here. */
function resolve(value) {
  return String(value).replaceAll(/\$\{(\w+)(?::([-?+])([^}]*))?\}/g, (_, name, kind, text) => {
    if (kind === '+') return '';
    return ANSWERS[name] ?? (kind === '-' ? text : '');
  });
}

function checkProgram(at, service, program) {
  need(service.read_only === true, `${at}: its root can be written to`);
  need(service.user === '1000:1000', `${at}: it runs as another user than the image's`);
  need(service.cap_drop?.includes('ALL'), `${at}: it keeps capabilities`);
  need(service.security_opt?.includes('no-new-privileges:true'), `${at}: it may get privileges`);
  need(service.mem_limit && service.pids_limit, `${at}: it has no limit`);
  const env = Object.entries(service.environment).map(([name, value]) => {
    const said = resolve(value);
    // What compose would mount is said in the variable itself.
    return name.endsWith('_FILE') && FILES[said] ? [name.replace(/_FILE$/, ''), FILES[said]] : [name, said];
  });
  try {
    execFileSync(process.execPath, [`apps/${program}/dist/main.js`, '--check-config'], {
      env: { PATH: process.env.PATH, ...Object.fromEntries(env) },
      stdio: 'pipe',
    });
  } catch ({ stdout }) {
    problems.push(`${at}: its settings do not fit:\n${stdout}`);
  }
}
