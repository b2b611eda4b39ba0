#!/bin/sh
# Writes what an overlay's Secrets are made of into its folder, for its owner alone:
# database.env, with the owner's URL as it is given and those of the four services beside
# it, with passwords that nobody has chosen; peer.secret, by which the services know each
# other; audit.secret, the key that signs the audit log; and pii.secret, the key by which
# personal values are shown as tokens. Files that are there stay as they are, and the others
# are made: an overlay of an earlier version gets what it lacks.
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

signing_key() { # a key of Ed25519 as PKCS #8, which is 16 bytes that are always the same and 32 of its own
  { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040' && head -c 32 /dev/urandom; } | base64 | tr -d '\n'
}

missing() { # missing FILE: says whether it is to be made
  [ ! -e "$folder/$1" ]
}

[ $# -eq 1 ] || fail "expected one folder, the overlay's, found $# arguments"
folder=$1
[ -f "$folder/kustomization.yaml" ] || fail "$folder: expected the folder of an overlay, found no kustomization.yaml in it"
made=
for file in database.env peer.secret audit.secret pii.secret; do
  if missing $file; then made="$made $folder/$file"; fi
done
[ -n "$made" ] || fail "$folder has every secret already, and they stay as they are: move one away to have another made"

if missing database.env; then
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
fi

umask 077
set -C # somebody else may have been faster: no file is written over
if missing database.env; then
  {
    printf 'owner-url=%s\n' "$owner"
    for service in ingest quality snapshot orchestrator; do
      printf '%s-url=postgres://sf_%s:%s@%s\n' "$service" "$service" "$(random 24)" "$address"
    done
  } >"$folder/database.env"
fi
if missing peer.secret; then printf '%s\n' "$(random 32)" >"$folder/peer.secret"; fi
if missing audit.secret; then
  printf -- '-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n' "$(signing_key)" >"$folder/audit.secret"
fi
if missing pii.secret; then printf '%s\n' "$(random 32)" >"$folder/pii.secret"; fi
echo "made$made"
