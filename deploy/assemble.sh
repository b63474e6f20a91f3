#!/bin/sh
# Makes a folder of what the server apps and the command line for operators need to run, and nothing else: no compiler,
# no types, no source maps, no tests. Run it in a clean clone, by Node 24 and npm:
#   npm ci --omit=dev --no-json && node tools/compile.mjs && deploy/assemble.sh /opt/provision
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$0: $1 is there already: remove it, or name another folder" >&2; exit 1; }
cd "$(dirname "$0")/.."
[ -e apps/http/dist/main.js ] || { echo "$0: nothing is compiled: run node tools/compile.mjs" >&2; exit 1; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)

cp package.json package-lock.json .npmrc "$folder"
# npm compares all of them with the lock.
for package in apps/*/package.json libs/*/package.json tools/*/package.json; do
  from=$(dirname "$package")
  mkdir -p "$folder/$from"
  cp "$package" "$folder/$from"
  for part in dist public; do
    [ ! -d "$from/$part" ] || cp -R "$from/$part" "$folder/$from"
  done
done
cd "$folder"
npm ci --omit=dev --omit=peer --omit=optional --ignore-scripts --no-json \
  -w @org/provision-http -w @org/provision-grpc -w @org/provision-cli >&2
rm -rf tools apps/agent libs/device node_modules/@types package-lock.json .npmrc
find node_modules -type l ! -exec test -e {} \; -exec rm {} +
find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.tsbuildinfo' \) \
  -exec rm {} +
chmod +x apps/*/dist/main.js
