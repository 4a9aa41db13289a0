# Everything a person or CI types. What is fetched goes to .cache/, what is built to target/.
CARGO_DENY := .cache/deny/bin/cargo-deny

.PHONY: help setup setup-test demo test bench accept

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## fetch DuckDB's library and extension
	@bash .ci/setup.sh

setup-test: setup ## fetch what the tests need: PostgreSQL, MariaDB, Neo4j, cargo-deny
	@bash .ci/setup-test.sh

demo: setup ## build, make the demo stores, migrate district-001
	@echo '==> building datamig (ten minutes the first time)' >&2
	cargo build --release
	target/release/datamig demo
	target/release/datamig migrate district-001
	@bash .ci/next.sh

test: setup-test ## format, lints, licences, documentation, tests
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	$(CARGO_DENY) --config .deny.toml check bans licenses sources
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps
	cargo test

bench: setup-test ## figures beside their references; ONLY=word chooses
	cargo bench --bench bench -- $(ONLY)
	DATAMIG_CRASHES=100 cargo test --test datamig killed_at_moments

accept: setup-test ## run the tests and take their output as the new golden files
	INSTA_UPDATE=always cargo test
