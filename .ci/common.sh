#!/usr/bin/env bash
# Words and checks that the set-up scripts share. Sourced, from the root of the repository.

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a set-up step once per version: `once STAMP VERSION COMMAND...`.
once() {
  local stamp=.cache/$1.stamp wanted=$2
  shift 2
  [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ] || return 0
  "$@"
  printf "%s" "$wanted" >"$stamp"
}
