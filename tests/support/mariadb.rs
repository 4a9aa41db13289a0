//! One MariaDB server per test process, a database per test.

use super::server::{Home, Server, free_port, program};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The password of the account `datamig`.
pub const PASSWORD: &str = "my-test-password";

static SERVER: LazyLock<(u16, Server)> = LazyLock::new(start);

fn start() -> (u16, Server) {
    let home = Home::new("my");
    let folders = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")];
    let data = format!("--datadir={}", home.0.join("data").display());
    home.prepare(
        &program("mariadb-install-db", &folders),
        &["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"],
    );
    let account = format!(
        "CREATE USER IF NOT EXISTS datamig@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n\
         GRANT ALL ON *.* TO datamig@'127.0.0.1' WITH GRANT OPTION;\n"
    );
    fs::write(home.0.join("init.sql"), account).expect("a file in our folder");
    for _ in 0..5 {
        let port = free_port();
        let mut mariadbd = home.command(&program("mariadbd", &folders));
        mariadbd.args(["--no-defaults", "--bind-address=127.0.0.1", &format!("--port={port}")]);
        mariadbd.arg(&data);
        for (option, file) in [("socket", "socket"), ("init-file", "init.sql")] {
            mariadbd.arg(format!("--{option}={}", home.0.join(file).display()));
        }
        mariadbd.args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]);
        match home.serve("KILL", &mariadbd, "ready for connections") {
            Ok((server, _)) => return (port, server),
            Err(log) if log.contains("Address already in use") => {}
            Err(log) => panic!("{log}"),
        }
    }
    panic!("no free port for MariaDB in five tries")
}

/// Makes a fresh empty database and returns its URL.
pub fn database(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("{name}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    execute(&url("mysql"), &format!("CREATE DATABASE `{name}`"));
    url(&name)
}

/// Runs statements, as many as there are.
pub fn execute(url: &str, sql: &str) {
    use sqlx::Connection;
    let done = datamig::store::runtime().block_on(async {
        let mut connection = sqlx::MySqlConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await
    });
    done.unwrap_or_else(|cause| panic!("MariaDB refused: {cause}"));
}

fn url(database: &str) -> String {
    format!("mysql://datamig:{PASSWORD}@127.0.0.1:{}/{database}", SERVER.0)
}
