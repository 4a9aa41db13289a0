#!/usr/bin/env bash
# What a person does after `make demo`.
set -euo pipefail
cat >&2 <<'END'

Done: district-001 went from PROD to CERT (both in data/demo/), anonymized and validated.

  target/release/datamig runs                       what has been run
  target/release/datamig repl                       look at the result in SQL
  target/release/datamig verify <run>               compare CERT with the run, row by row
  target/release/datamig rollback <run>             put CERT back as it was
  data/reports/<run>.html                           the report, for a browser
END
