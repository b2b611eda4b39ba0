#!/bin/sh
# Makes .env out of .env.example, for its owner alone, with passwords, a peer secret, the key
# that signs the audit log and the key of personal values, which nobody has chosen: docker
# compose reads them from there. One that is there stays as it is.
#
#   deploy/docker/env.sh
set -eu
cd "$(dirname "$0")/../.."

random() { # random BYTES: so many of them, in hexadecimal digits
  head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

signing_key() { # a key of Ed25519 as PKCS #8, which is 16 bytes that are always the same and 32 of its own
  { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040' && head -c 32 /dev/urandom; } | base64 | tr -d '\n'
}

if [ -e .env ]; then
  echo "$0: .env is there already, and stays as it is: move it away to have another made" >&2
  exit 1
fi
text=$(while IFS= read -r line; do
  case $line in
    SF_PEER_SECRET= | SF_PII_KEY=) line=$line$(random 32) ;;
    SF_AUDIT_KEY=) line=$line$(signing_key) ;;
    *_PASSWORD=) line=$line$(random 24) ;;
  esac
  printf '%s\n' "$line"
done <.env.example)
umask 077
set -C # somebody else may have been faster: no file is written over
printf '%s\n' "$text" >.env
echo "made .env: every password, the secret by which the services know each other, and the keys of the audit log and of personal values"
