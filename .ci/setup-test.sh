#!/usr/bin/env bash
# Fetches what the tests need beyond the build: PostgreSQL, MariaDB, Neo4j, Python's DuckDB, cargo-deny.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/common.sh
mkdir -p .cache

# Installs Debian packages that are missing; the tests start servers of their own from them.
servers() {
  local missing=()
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || missing+=(postgresql)
  PATH=$PATH:/usr/sbin have mariadbd || missing+=(mariadb-server-core)
  have my_print_defaults || missing+=(mariadb-client-core)
  [ ${#missing[@]} -gt 0 ] || return 0
  have apt-get || die "the tests need ${missing[*]}" "install them with your package manager"
  local root=()
  if [ "$(id -u)" != 0 ]; then
    have sudo || die "the tests need ${missing[*]}" "as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]} with apt-get"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >.cache/apt.log 2>&1 || die "apt-get failed: see .cache/apt.log"
}

neo4j() {
  have mvn || die "the tests need Maven and a JDK for Neo4j" "apt-get install maven openjdk-17-jdk-headless"
  say "fetching Neo4j from Maven Central"
  rm -rf .cache/neo4j
  mvn -q -B -Dstyle.color=never -f tests/support/neo4j/pom.xml dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$PWD/.cache/neo4j/lib"
  javac -cp '.cache/neo4j/lib/*' -d .cache/neo4j/classes tests/support/neo4j/Launcher.java
}

python() {
  say "fetching Python's DuckDB from PyPI"
  rm -rf .cache/python
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --target .cache/python duckdb==1.5.5
}

# What `make bench` compares the masks with.
faker() {
  say "fetching Python's Faker from PyPI"
  rm -rf .cache/faker
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --target .cache/faker faker==40.54.0
}

# A debug build takes a third of the time and checks in under a second all the same.
cargo_deny() {
  say "compiling cargo-deny (two minutes)"
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=.cache/deny-target \
    cargo install cargo-deny --version 0.20.2 --locked --debug --quiet --root .cache/deny
  rm -rf .cache/deny-target
}

# What is fetched comes while cargo-deny is compiled.
fetches=()
servers & fetches+=($!)
once neo4j "$(cat tests/support/neo4j/* | cksum)" neo4j & fetches+=($!)
{ once python 1.5.5 python; once faker 40.54.0 faker; } & fetches+=($!)
once deny 0.20.2 cargo_deny
for fetch in "${fetches[@]}"; do wait "$fetch"; done
