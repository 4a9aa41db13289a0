#!/usr/bin/env bash
# Puts DuckDB's shared library and its httpfs extension (the safe cipher for files) into .cache/duckdb,
# where cargo looks for them. With DUCKDB_LIB_DIR set, the library there is used and none is fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/common.sh

version=1.5.5
package_version=1.5.5-r.5
into=.cache/duckdb
mkdir -p "$into"
temporary=$(mktemp -d .cache/setup.XXXXXX)
trap 'rm -rf "$temporary"' EXIT

case "$(uname -sm)" in
  "Linux x86_64")
    platform=linux-x64 official=linux-amd64 library=libduckdb.so
    sha512=kCyq6BXhn6QXfwF8yVdVKriSSHP+rfVWcJ56cG8qZzlOZpxyvT5WGm6jMshxg4ditLlOsHsIN/D47RYrcjXuHQ==
    ;;
  "Linux aarch64")
    platform=linux-arm64 official=linux-arm64 library=libduckdb.so
    sha512=CafH2AIvXtpwDynG3KB/4uEOHRGlFoB7auCRMIwH3BKNIobsANV5LSpDJ3tfyRCFIsK6e8AT1eseWVnu2Dv3cw==
    ;;
  "Darwin arm64")
    platform=darwin-arm64 official=osx-universal library=libduckdb.dylib
    sha512=WJdeLTFy4pRg60rkbp9smtlP1iIQ8ErtIJkxS+2LQtM1ZZMSByyW+3WPpNoKe7IwPtVl2fLlPw7tDmQW4Z974g==
    ;;
  "Darwin x86_64")
    platform=darwin-x64 official=osx-universal library=libduckdb.dylib
    sha512=rN0KjX13MwVQ5V5ufykolty/tf4SaafOpGWcUA1Cegf98jPeRdsJsEE1IMXn8n3u6WvMSZEVJmHJ3ma4Hr7Vzg==
    ;;
  *) die "no DuckDB library is known for $(uname -sm)" "build with: cargo build --release --features bundled" ;;
esac

digest='crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")'
library_from_npm() {
  say "fetching DuckDB $version from npm (@duckdb/node-bindings-$platform)"
  npm pack --silent --pack-destination "$temporary" "@duckdb/node-bindings-$platform@$package_version" >/dev/null
  local got
  got=$(node -p "$digest" "$temporary"/duckdb-*.tgz)
  [ "$got" = "$sha512" ] || die "the npm package of DuckDB is not the one we know (SHA-512 $got)"
  tar -xzf "$temporary"/duckdb-*.tgz -C "$temporary" "package/$library"
  mv "$temporary/package/$library" "$into/$library"
}

library_from_duckdb() {
  say "fetching DuckDB $version from its official release (there is no npm here)"
  have unzip || die "there is neither npm nor unzip here" "install one of them, or set DUCKDB_LIB_DIR"
  local url="https://github.com/duckdb/duckdb/releases/download/v$version/libduckdb-$official.zip"
  curl -fsSL -o "$temporary/duckdb.zip" "$url" || die "cannot fetch $url" "install npm, or set DUCKDB_LIB_DIR"
  unzip -qo "$temporary/duckdb.zip" "$library" -d "$into"
}

library() { if have npm; then library_from_npm; else library_from_duckdb; fi; }

extension() {
  if ! have python3 || ! python3 -m pip --version >/dev/null 2>&1; then
    say "no pip here: datamig will ask DuckDB to INSTALL httpfs"
    return
  fi
  say "fetching DuckDB's httpfs extension from PyPI"
  python3 -m pip download --quiet --no-deps --require-hashes -d "$temporary" -r .ci/httpfs.txt
  python3 -m zipfile -e "$temporary"/duckdb_extension_httpfs-*.whl "$temporary"
  mv "$temporary/duckdb_extension_httpfs/extensions/v$version/httpfs.duckdb_extension" "$into/"
}

if [ -n "${DUCKDB_LIB_DIR:-}" ]; then
  say "using DuckDB's library in $DUCKDB_LIB_DIR"
else
  once duckdb/library "$package_version" library
fi
once duckdb/httpfs "$version" extension
