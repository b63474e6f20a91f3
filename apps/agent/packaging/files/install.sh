#!/bin/sh
# Installs, updates and removes the Provision agent from its archive. Lies beside the archive and SHA256SUMS.
set -eu
VERSION=@VERSION@
usage() {
  cat <<TEXT
usage: install.sh [--prefix <folder>] [--public-key <key or file>] [--no-start]
       install.sh --uninstall [--prefix <folder>] [--purge-keys]

Installs the agent of the archive beside this script, as a service where systemd runs. Run it as root; it downloads
nothing. Installing again is an update, and keeps settings and keys.

--prefix <folder>      where to put it; default /usr/local
--public-key <key>     minisign's public key of the release, or a file with it: SHA256SUMS must carry its signature.
                       Without one, only the checksum is checked, which shows damage and no forgery
--no-start             neither enable nor start the service, for images of disks
--uninstall            remove what was installed; settings (/etc/provision-agent) and keys (/var/lib/provision-agent) stay
--purge-keys           with --uninstall: remove those and the user, too
--help                 this text

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
TEXT
}
say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'error: %s See --help.\n' "$*" >&2; exit 2; }

prefix=/usr/local key= uninstall= purge= start=yes
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --prefix | --public-key)
      [ $# -ge 2 ] || misuse "$1: its value is missing."
      if [ "$1" = --prefix ]; then prefix=$2; else key=$2; fi
      shift ;;
    --no-start) start= ;;
    --uninstall) uninstall=yes ;;
    --purge-keys) purge=yes ;;
    *) misuse "$1: unknown option." ;;
  esac
  shift
done
case $prefix in
  *[!A-Za-z0-9/._-]*) misuse "--prefix $prefix: letters, digits and / . _ - only." ;;
  /*) prefix=${prefix%/} ;;
  *) misuse "--prefix $prefix: an absolute path is wanted." ;;
esac
[ -z "$purge" ] || [ -n "$uninstall" ] || misuse '--purge-keys: only with --uninstall.'
[ "$(id -u)" = 0 ] || fail 'this needs root: run it with sudo.'

if command -v dpkg-query >/dev/null && dpkg-query -W -f '${db:Status-Status}' provision-agent 2>/dev/null | grep -qx installed; then
  fail 'the Debian package provision-agent is installed: use apt to update or remove it.'
fi
booted() { [ -d /run/systemd/system ]; }
lib=$prefix/lib/provision-agent
# systemd looks there for every prefix; what is in /etc/systemd is the administrator's.
unit=/usr/local/lib/systemd/system/provision-agent.service
users=/usr/local/lib/sysusers.d/provision-agent.conf

remove() {
  [ -e "$lib/provision-agent" ] || fail "there is no agent in $prefix."
  if command -v systemctl >/dev/null; then
    if booted; then systemctl stop provision-agent.service 2>/dev/null || true; fi
    systemctl --quiet disable provision-agent.service 2>/dev/null || true
  fi
  rm -rf "$lib"
  rm -f "$prefix/bin/provision-agent" "$unit" "$users"
  if booted; then systemctl daemon-reload; fi
  if [ -n "$purge" ]; then
    rm -rf /etc/provision-agent /etc/default/provision-agent /var/lib/provision-agent
    # Removes the group with it, which has no other members.
    if command -v userdel >/dev/null; then userdel provision-agent 2>/dev/null || true; else deluser provision-agent; fi
    say 'The agent, its settings and keys are removed.'
  else
    say 'The agent is removed. Settings (/etc/provision-agent) and keys (/var/lib/provision-agent) are kept.'
  fi
}
if [ -n "$uninstall" ]; then remove; exit 0; fi

[ "$(uname -s)" = Linux ] || fail "this agent is for Linux, and this is $(uname -s)."
case $(uname -m) in
  x86_64 | amd64) target=x64 ;;
  aarch64 | arm64) target=arm64 ;;
  *) fail "there is no agent for this processor ($(uname -m)); there are x86_64 and aarch64." ;;
esac
# musl's getconf does not know this name.
if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
  glibc=$(getconf GNU_LIBC_VERSION | sed 's/.* //')
  case $glibc in
    [01].* | 2.? | 2.1? | 2.2[0-7] | 2.?.* | 2.1?.* | 2.2[0-7].*) fail "this agent needs glibc 2.28 or later, and here is $glibc." ;;
  esac
else
  fail 'this agent needs glibc, which was not found here; for musl there is none.'
fi

here=$(cd "$(dirname "$0")" && pwd)
name=provision-agent-$VERSION-linux-$target
archive=$here/$name.tar.xz
[ -f "$archive" ] || fail "$name.tar.xz is not beside install.sh; put the archive for this device there."
sums=$here/SHA256SUMS
[ -f "$sums" ] || fail 'SHA256SUMS is not beside install.sh; take it from the same release.'
if [ -n "$key" ]; then
  command -v minisign >/dev/null || fail 'minisign is needed to check the signature (apt install minisign, apk add minisign).'
  [ -f "$sums.minisig" ] || fail 'SHA256SUMS.minisig is missing: this release is not signed, or is not whole.'
  option=-P
  if [ -f "$key" ]; then option=-p; fi
  minisign -Vq "$option" "$key" -m "$sums" -x "$sums.minisig" >/dev/null 2>&1 || fail 'the signature of SHA256SUMS is wrong: do not install this.'
else
  printf 'warning: NOT VERIFIED who made this: no --public-key was given, so only the checksum is checked.\n' >&2
fi
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.xz\$/\1/p" "$sums")
[ -n "$wanted" ] || fail "SHA256SUMS does not list $name.tar.xz."
found=$(sha256sum "$archive" | cut -d ' ' -f 1)
[ "$found" = "$wanted" ] || fail "$name.tar.xz is damaged: its SHA-256 is $found, and SHA256SUMS says $wanted."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tar -xJf "$archive" -C "$work" || fail 'the archive cannot be unpacked; tar with xz is needed.'
from=$work/$name
# One that cannot run here must not take the place of one that can.
"$from/provision-agent" --version >/dev/null || fail 'the agent of this archive does not start here; nothing was changed.'

if ! grep -q '^provision-agent:' /etc/passwd; then
  if command -v useradd >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/provision-agent --no-create-home --shell /usr/sbin/nologin provision-agent
  else
    addgroup -S provision-agent
    adduser -S -D -H -h /var/lib/provision-agent -s /sbin/nologin -G provision-agent provision-agent
  fi
fi
place() { # <mode> <file of the archive> <path>
  mkdir -p "$(dirname "$3")"
  sed "s|@PREFIX@|$prefix|g" "$2" >"$3.new"
  chmod "$1" "$3.new"
  mv "$3.new" "$3"
}
mkdir -p "$lib"
# By name, as the file of a running program cannot be written to.
cp "$from/provision-agent" "$lib/provision-agent.new"
chmod 0755 "$lib/provision-agent.new"
mv "$lib/provision-agent.new" "$lib/provision-agent"
cp "$from/THIRD-PARTY-LICENSES.txt" "$lib/"
cp "$0" "$lib/install.sh"
place 0644 "$from/files/environment" "$lib/environment"
place 0755 "$from/files/provision-agent" "$prefix/bin/provision-agent"
mkdir -p /etc/default /etc/provision-agent /var/lib/provision-agent
[ -e /etc/default/provision-agent ] || place 0644 "$from/files/default" /etc/default/provision-agent
chown root:provision-agent /etc/provision-agent
chmod 0750 /etc/provision-agent
chown provision-agent:provision-agent /var/lib/provision-agent
chmod 0700 /var/lib/provision-agent
if command -v systemctl >/dev/null; then
  place 0644 "$from/files/provision-agent.service" "$unit"
  place 0644 "$from/files/provision-agent.sysusers" "$users"
  if booted; then systemctl daemon-reload; fi
  if [ -n "$start" ]; then
    systemctl --quiet enable provision-agent.service
    if booted; then systemctl restart provision-agent.service; fi
  fi
else
  say "There is no systemd here: have your service manager run \"$prefix/bin/provision-agent run\" (as root: it takes its own user)."
fi
say "Installed in $prefix."
if [ ! -e /etc/provision-agent/settings.yml ]; then
  say "Next: $prefix/bin/provision-agent init --server <url> --root <sha256>, then systemctl start provision-agent"
fi
