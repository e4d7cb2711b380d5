#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building and testing Caravan needs on Debian 12, and nothing where everything is there already.
#
#   scripts/install_packages.sh [--build-only] [--list]
#
# --build-only leaves out what only the tests and the quick start use; --list prints the packages and installs nothing.
# Works as root or with sudo. Services that come with the packages are not started.
set -euo pipefail

build_packages=(
  build-essential ca-certificates cmake git ninja-build pkg-config
  gsoap libgsoap-dev libcurl4-openssl-dev libgssapi-krb5-2 libxml2-dev libical-dev libicu-dev tzdata
  libsqlite3-dev libpqxx-dev libpq-dev libsodium-dev libssl-dev libgmime-3.0-dev
  libboost-dev libboost-system-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev
  nlohmann-json3-dev prometheus-cpp-dev libexpected-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev)
test_packages=(
  clang clang-format clang-tidy curl libclang-rt-14-dev openssl shellcheck sqlite3 util-linux
  python3-pytest python3-icalendar python3-recurring-ical-events python3-dateutil python3-tz python3-requests
  python3-aiohttp python3-aiosmtpd python3-lxml python3-exchangelib
  radicale python3-bcrypt python3-passlib xandikos nginx-light
  postgresql postgresql-client sogo memcached tmpreaper)

# The contract tests of mail run a real mail server from a private folder. There is one on a machine at most: where
# another one is installed it is left alone, and those tests are skipped.
if [ ! -e /usr/sbin/sendmail ] || [ -e /usr/sbin/exim4 ]; then
  test_packages+=(exim4-daemon-light)
fi

packages=("${build_packages[@]}" "${test_packages[@]}")
list_only=no
for argument in "$@"; do
  case "$argument" in
    --build-only) packages=("${build_packages[@]}") ;;
    --list) list_only=yes ;;
    -h | --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "install_packages.sh: unknown argument: $argument" >&2; exit 2 ;;
  esac
done
if [ "$list_only" = yes ]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "packages: all ${#packages[@]} are installed"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install_packages.sh: ${#missing[@]} packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
    exit 2
  fi
  as_root=(sudo)
fi

# Debian asks this file before it starts a service of a package that is being installed; 101 means no.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  made_policy=yes
fi
remove_policy() {
  [ "$made_policy" = no ] || "${as_root[@]}" rm -f "$policy"
}
trap remove_policy EXIT

echo "packages: installing ${#missing[@]}: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
