#!/usr/bin/env bash
# Runs the lines of docs/guides/compose.md as they stand there: they build the images, bring
# docker-compose.yml up, make a token and take a month through the suite. Then it looks that
# nobody gets in without one, kills PostgreSQL under it, takes the next month, changes every
# password as the guide says, takes another, and then one of a million users, whose parallel
# queries need more shared memory than Docker gives by itself. Needs Docker; everything has a
# project name, ports and a volume of its own, and is removed at the end.
#
# Where the two base images cannot be pulled, it makes stand-ins for them out of this
# machine's own Go and PostgreSQL: what is tested are our images and our compose file.
set -euo pipefail
cd "$(dirname "$0")/.."

docker info >/dev/null 2>&1 || { echo "this test needs Docker: install it, start it, and try again" >&2; exit 1; }
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
work=$(mktemp -d)
standins=()
in_work() { (cd "$work/streamflow" && "$@"); }
clean_up() {
  if [[ -f $work/streamflow/.env ]]; then in_work "${compose[@]}" down --volumes --timeout 5 >/dev/null 2>&1 || true; fi
  docker image rm --force streamflow-test/{ingest,quality,snapshot,orchestrator,gateway}d >/dev/null 2>&1 || true
  if ((${#standins[@]})); then docker image rm --force "${standins[@]}" >/dev/null 2>&1 || true; fi
  rm -rf "$work"
}
trap clean_up EXIT
fail() {
  echo "FAILED: $*" >&2
  in_work "${compose[@]}" ps >&2 || true
  in_work "${compose[@]}" logs --tail=20 >&2 || true
  exit 1
}

# with_libraries ROOT FILE...: copies files, and the libraries that they are linked
# with, to their places under ROOT.
with_libraries() {
  local root=$1 file lib
  shift
  for file in "$@"; do
    cp --parents -L "$file" "$root"
    for lib in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do cp --parents -L -n "$lib" "$root"; done
  done
}

# folders ROOT FOLDER...: copies those that are there to their places under ROOT.
folders() {
  local root=$1 folder
  shift
  for folder in "$@"; do
    [[ -d $folder ]] || continue
    mkdir -p "$root${folder%/*}"
    cp -a "$folder" "$root$folder"
  done
}

# stand_in IMAGE FOLDER DOCKERFILE: builds an image of a folder.
stand_in() {
  printf '%s\n' "$3" >"$2/Dockerfile"
  docker build --quiet --tag "$1" "$2" >/dev/null
  standins+=("$1")
}

go_stand_in() {
  local root=$work/go/root
  mkdir -p "$root/tmp" "$root/usr/local" "$root/etc/ssl/certs" "$root/bin"
  cp -a "$(go env GOROOT)" "$root/usr/local/go"
  with_libraries "$root" "$(command -v dash)" /lib/x86_64-linux-gnu/libnss_dns.so.2 /lib/x86_64-linux-gnu/libresolv.so.2
  cp -L "$(command -v dash)" "$root/bin/sh"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  stand_in golang:1.26 "$work/go" 'FROM scratch
COPY root /
ENV PATH=/usr/local/go/bin:/bin HOME=/root GOPATH=/go GOPROXY='"$(go env GOPROXY)"'
ENTRYPOINT []'
}

postgres_stand_in() {
  local root=$work/postgres/root bin share
  bin=$(go run ./platform/privatepg/findpg)
  share=$("$bin/pg_config" --sharedir)
  mkdir -p "$root/bin" "$root/tmp" "$root/etc" "$root/var/lib/postgresql/data"
  chmod 1777 "$root/tmp"
  with_libraries "$root" "$bin"/{postgres,initdb,psql,pg_ctl,pg_isready} "$("$bin/pg_config" --pkglibdir)"/{dict_snowball,plpgsql,libpqwalreceiver}.so "$(command -v dash)"
  cp -L "$(command -v dash)" "$root/bin/sh"
  folders "$root" "$share" /usr/share/zoneinfo
  echo 'postgres:x:999:999::/:/bin/sh' >"$root/etc/passwd"
  # What the official image does at its first start: the cluster and the database.
  cat >"$root/entrypoint" <<'EOF'
#!/bin/sh
set -e
data=/var/lib/postgresql/data/pg
if ! [ -s $data/PG_VERSION ]; then
  echo "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D $data -U postgres --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --no-locale --encoding=UTF8
  echo 'host all all all scram-sha-256' >>$data/pg_hba.conf
  echo "create database $POSTGRES_DB" | postgres --single -D $data postgres
fi
exec postgres -D $data -c 'listen_addresses=*' -c unix_socket_directories=/tmp
EOF
  chmod +x "$root/entrypoint"
  stand_in postgres:17 "$work/postgres" 'FROM scratch
COPY --chown=999:999 root /
ENV PATH='"$bin"':/bin PGHOST=/tmp
USER 999:999
ENTRYPOINT ["/entrypoint"]'
}

have() { docker image inspect "$1" >/dev/null 2>&1 || timeout 60 docker pull --quiet "$1" >/dev/null 2>&1; }

have golang:1.26 || { echo "golang:1.26 cannot be pulled: making a stand-in of this machine's Go"; go_stand_in; }
have postgres:17 || { echo "postgres:17 cannot be pulled: making a stand-in of this machine's PostgreSQL"; postgres_stand_in; }

mkdir "$work/streamflow"
git ls-files -z | xargs -0 cp --parents -t "$work/streamflow"
# What of the lines would meet others on this machine; all else is as the guide has it.
export COMPOSE_PROJECT_NAME=streamflow-test SF_IMAGES=streamflow-test SF_HTTP_PORT=18080 SF_GRPC_PORT=17100
export SFCTL_SERVER=127.0.0.1:17100
if [[ ${compose[0]} == docker-compose ]]; then
  docker() { if [[ $1 == compose ]]; then docker-compose "${@:2}"; else command docker "$@"; fi; }
  export -f docker
fi

# lines_of TITLE: the commands below a title of the guide, at the ports of this test.
lines_of() { awk -v title="$1" '/^#/ {in_it = ($0 == title)} in_it && /^    / {print substr($0, 5)}' docs/guides/compose.md | sed 's/localhost:8080/localhost:18080/'; }

lines_of '# With Docker Compose' | sed '/^docker compose exec postgres psql /d' >"$work/guide.sh"
grep -q '^deploy/docker/env.sh' "$work/guide.sh" && grep -q '^sfctl run start' "$work/guide.sh" || fail "the guide's lines are not found"
echo "running the guide's lines:"
sed 's/^/  /' "$work/guide.sh"
# In a shell that stops at the first line that fails; what it exports is of use below.
in_work bash -euo pipefail -c 'source "$1"; export -p >"$2"' - "$work/guide.sh" "$work/exported" >"$work/up.log" 2>&1 || { tail -40 "$work/up.log" >&2; fail "a line of the guide"; }
source "$work/exported"
[[ $(grep -cE '^(SF_PEER_SECRET|[A-Z_]*_PASSWORD)=[0-9a-f]{48,64}$' "$work/streamflow/.env") == 6 ]] || fail "the guide's line makes no passwords, or no peer secret"
for secret in .env me.token; do
  [[ $(stat --format %a "$work/streamflow/$secret") == 600 ]] || fail "others may read $secret"
done
sfctl() { "$work/streamflow/.build/bin/sfctl" "$@"; }
sfctl --quiet sample --dir "$work/streamflow/data/more" --months 3 >/dev/null
[[ $(docker inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' streamflow-test/ingestd) == dev ]] || fail "the image does not say its version"

# Nobody gets in who has no token, at either port; who follows a link of the page does.
[[ $(curl --silent --output /dev/null --write-out '%{http_code}' http://localhost:18080/v1/datasets) == 401 ]] || fail "REST answers without a token"
code=0
SF_TOKEN_FILE='' sfctl dataset list >/dev/null 2>&1 || code=$?
[[ $code == 7 ]] || fail "gRPC without a token: expected exit code 7, found $code"
in_work bash -euo pipefail -c "$(lines_of '## Who may call')" - >"$work/who.log" 2>&1 <<<'' || { cat "$work/who.log" >&2; fail "a line of the guide on who may call"; }
grep -q '"role": *"ROLE_ADMIN"' "$work/who.log" || { cat "$work/who.log" >&2; fail "the token is not the admin's"; }
page=$(grep -oE 'http://[a-z0-9-]+\.localhost:18080/login\?token=\S+' "$work/who.log" | tail -1)
[[ $(curl --silent --cookie-jar "$work/jar" --output /dev/null --write-out '%{http_code}' "$page") == 200 ]] || fail "the link of the page"
[[ $(curl --silent --cookie "$work/jar" --output /dev/null --write-out '%{http_code}' "${page%/login*}/") == 200 ]] || fail "the page after the link"
echo "nobody gets in without a token"

# The gateway signs the audit log within a minute, and its log has the signatures.
for _ in {1..90}; do
  in_work "${compose[@]}" logs gateway 2>/dev/null | grep -q '"signature"' && break
  sleep 1
done
in_work bash -euo pipefail -c "$(lines_of '## Who did what')" - >"$work/audit.log" 2>&1 || { cat "$work/audit.log" >&2; fail "a line of the guide on the audit log"; }
grep -qE 'under [1-9][0-9,]* signatures?' "$work/audit.log" || { cat "$work/audit.log" >&2; fail "nothing signs the audit log"; }
echo "the audit log is signed"

ready() { [[ $(curl --silent --max-time 5 "http://127.0.0.1:18080/readyz") == ready ]]; }
await_ready() {
  for _ in {1..60}; do
    if ready; then return; fi
    sleep 1
  done
  fail "the gateway is not ready after a minute"
}
month_is() { # month_is AS_OF USERS
  local full
  full=$(sfctl snapshot get "$1" -o json | tr -d ' ' | grep -cE "\"rows\":\"?$2\"?,?\$") || true
  [[ $full == 7 ]] || fail "expected 7 snapshots of $2 rows for $1, found $full"
  echo "$1: 7 snapshots of $2 rows"
}
month() { # month AS_OF FOLDER USERS
  sfctl run start --as-of "$1" --source "file:///data/$2" --wait >"$work/run.log" 2>&1 || { cat "$work/run.log" >&2; fail "the run of $1"; }
  month_is "$1" "$3"
}
# psql in PostgreSQL's container, as the guides have it.
in_postgres() { in_work "${compose[@]}" exec -T postgres psql "$@"; }
# lets_in ROLE PASSWORD: over the network, where a password is asked for.
lets_in() { in_postgres "postgres://$1:$2@postgres/streamflow" --command 'select 1' >/dev/null 2>&1; }
set_in_env() { sed -i -e "s/^\($1\)=.*/\1=$2/" "$work/streamflow/.env"; }

# old NAME: what it was in the .env of before.
old() { sed -n "s/^$1=//p" <<<"$before"; }

change_passwords() {
  local role before
  before=$(cat "$work/streamflow/.env")
  set_in_env 'SF_[A-Z]*_PASSWORD' changed
  in_work "${compose[@]}" up --detach >"$work/up.log" 2>&1 || { tail -40 "$work/up.log" >&2; fail "it does not come up with other passwords"; }
  for role in ingest quality snapshot orchestrator; do
    lets_in "sf_$role" changed || fail "sf_$role does not have the password of .env"
    ! lets_in "sf_$role" "$(old "SF_${role^^}_PASSWORD")" || fail "sf_$role still has the password of before"
  done
  printf 'owners\nowners\n' | in_postgres --username postgres --command '\password postgres' >/dev/null 2>&1 || fail "the owner's password cannot be changed"
  set_in_env POSTGRES_PASSWORD owners
  in_work "${compose[@]}" up --detach >"$work/up.log" 2>&1 || { tail -40 "$work/up.log" >&2; fail "it does not come up with the owner's other password"; }
  lets_in postgres owners || fail "the owner does not have the password of .env"
  ! lets_in postgres "$(old POSTGRES_PASSWORD)" || fail "the owner still has the password of before"
  await_ready
  echo "every password changed"
}

await_ready
month_is 2024-01-31 7043
in_work "${compose[@]}" kill postgres >/dev/null 2>&1
in_work "${compose[@]}" up --detach >/dev/null 2>&1
await_ready
month 2024-02-29 month_001 7043
rows=$(in_postgres --username postgres --tuples-only --no-align streamflow --command 'select count(*) from public.users')
[[ $rows == 7043 ]] || fail "expected to read 7043 users as the guide says, found $rows"
change_passwords
month 2024-03-31 more/month_002 7043
sfctl --quiet sample --dir "$work/streamflow/data/large" --months 1 --start 2024-04-30 --users 1000000 >/dev/null
month 2024-04-30 large/month_000 1000000
echo "the suite ran from its images"
