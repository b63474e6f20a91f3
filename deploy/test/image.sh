#!/usr/bin/env bash
# Builds both images of deploy/Dockerfile without a container engine, and runs what is in them: health, the command line,
# a stop. Needs Debian and root; buildah and mmdebstrap are installed where they are missing. Minutes, as the store of images copies each layer.
#   npm run test:image
set -euo pipefail
cd "$(dirname "$0")/../.."
export DEBIAN_FRONTEND=noninteractive
for tool in buildah mmdebstrap; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[ -z "${missing:-}" ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
buildah() { command buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }

# In place of node:24-slim, which is to be had where registries of images are: Debian, the same Node, and npm.
echo '== base'
mkdir "$work/base"
mmdebstrap --quiet --mode=root --variant=extract \
  --include=dash,coreutils,findutils,libc6,libstdc++6,libgcc-s1 bookworm "$work/base/root" /etc/apt/sources.list.d/debian.sources
install -D node_modules/node/bin/node "$work/base/root/usr/local/bin/node"
mkdir -p "$work/base/root/usr/local/lib/node_modules" "$work/base/root/etc/ssl/certs"
cp -r "$(dirname "$(realpath "$(PATH=/usr/local/bin:/usr/bin command -v npm)")")/.." "$work/base/root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/base/root/usr/local/bin/npm"
ln -sf dash "$work/base/root/bin/sh"
cat "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" > "$work/base/root/etc/ssl/certs/ca-certificates.crt"
tar -C "$work/base/root" -cf "$work/base/base.tar" . && rm -rf "$work/base/root"
cat > "$work/base/Dockerfile" <<'END'
FROM scratch
ADD base.tar /
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
END
buildah bud -q --isolation=chroot -t base "$work/base" >/dev/null

# The machine's npm settings: they may name a registry.
npmrc=$(npm config get userconfig); mounts=()
[ ! -f "$npmrc" ] || mounts=(-v "$npmrc:/root/.npmrc:ro")
echo '== image'
buildah bud -q --isolation=chroot --network=host --pull=never --format docker "${mounts[@]}" \
  --build-arg NODE_IMAGE=localhost/base -f deploy/Dockerfile --target http -t provision-http . >/dev/null
size() { buildah images --format '{{.Size}}' "localhost/$1"; }
echo "base $(size base), with the programs $(size provision-http)"

echo '== run'
container=$(buildah from --pull=never localhost/provision-http)
settings=(-e MG_PROVISION_PLATFORM=none -e MG_PROVISION_CERTS_BACKEND=builtin
  -e MG_PROVISION_HTTP_HOST=127.0.0.1 -e MG_PROVISION_HTTP_PORT=29016
  -e MG_PROVISION_GRPC_HOST=127.0.0.1 -e MG_PROVISION_GRPC_PORT=29017 -e MG_PROVISION_GRPC_METRICS_PORT=29018)
in_image() { buildah run --isolation=chroot "${settings[@]}" "$container" -- "$@"; }
[ "$(in_image id -u)" = 1000 ]
in_image provision explain csr_name_forbidden >/dev/null
# All processes below one.
descendants() { for child in $(pgrep -P "$1"); do echo "$child"; descendants "$child"; done; }
# Each program in turn: it becomes healthy, and ends well when it is told to.
for program in provision-http provision-grpc; do
  ! in_image "$program" --check-health 2>/dev/null || { echo "$program is healthy before it runs"; exit 1; }
  in_image "$program" > "$work/$program.log" 2>&1 &
  for _ in $(seq 120); do
    grep -q '"address"' "$work/$program.log" && break
    jobs %% >/dev/null 2>&1 || { cat "$work/$program.log"; exit 1; }
    sleep 0.5
  done
  in_image "$program" --check-health
  # As an engine does it; what buildah has in between would not pass it on.
  for process in $(descendants $!); do
    case $(readlink "/proc/$process/exe") in */node) kill -TERM "$process" ;; esac
  done
  wait $!
  grep -q '"msg":"stopped"' "$work/$program.log" || { cat "$work/$program.log"; exit 1; }
  echo "$program: healthy, and stopped when told to"
done
