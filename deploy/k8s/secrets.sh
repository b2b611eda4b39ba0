#!/bin/sh
# Writes what an overlay's Secrets are made of into its folder, for its owner alone:
# database.env, with the owner's URL as it is given and those of the four services beside
# it, with passwords that nobody has chosen; and peer.secret, by which the services know
# each other. Files that are there stay as they are.
#
#   SF_OWNER_DATABASE_URL=postgres://postgres:…@host:5432/streamflow?sslmode=verify-full deploy/k8s/secrets.sh FOLDER
set -eu

fail() {
  echo "$0: $*" >&2
  exit 1
}

random() { # random BYTES: so many of them, in hexadecimal digits
  head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

[ $# -eq 1 ] || fail "expected one folder, the overlay's, found $# arguments"
[ -f "$1/kustomization.yaml" ] || fail "$1: expected the folder of an overlay, found no kustomization.yaml in it"
owner=${SF_OWNER_DATABASE_URL:-}
[ -n "$owner" ] || fail "expected the address of PostgreSQL as the owner in SF_OWNER_DATABASE_URL, found none"
case $owner in
  *"
"*) fail "SF_OWNER_DATABASE_URL: expected one line" ;;
  postgres://*@*/* | postgresql://*@*/*) ;;
  *) fail "SF_OWNER_DATABASE_URL: expected postgres://user:password@host:port/database" ;;
esac
rest=${owner#*://}
authority=${rest%%/*}
address=${authority##*@}/${rest#*/}

for file in database.env peer.secret; do
  [ ! -e "$1/$file" ] || fail "$1/$file is there already, and stays as it is: move it away to have another made"
done
umask 077
set -C # somebody else may have been faster: no file is written over
{
  printf 'owner-url=%s\n' "$owner"
  for service in ingest quality snapshot orchestrator; do
    printf '%s-url=postgres://sf_%s:%s@%s\n' "$service" "$service" "$(random 24)" "$address"
  done
} >"$1/database.env"
printf '%s\n' "$(random 32)" >"$1/peer.secret"
echo "made $1/database.env and $1/peer.secret"
