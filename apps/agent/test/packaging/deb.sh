#!/usr/bin/env bash
# Tests the Debian package under a systemd that is booted for it. Needs Debian and root; installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
missing=()
for need in systemd-nspawn:systemd-container mmdebstrap:mmdebstrap strip:binutils xz:xz-utils minisign:minisign; do
  command -v "${need%:*}" >/dev/null || missing+=("${need#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
npm run -s test:deb -- "$@"
