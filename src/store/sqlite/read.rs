//! Reading rows: one SELECT per request, decoded straight into Arrow columns.

use super::cells::Cells;
use super::failure;
use super::types::decode;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::store::{BATCH_ROWS, Filter, Output, Read, Sink, Tenant, Then, Wanted, arrow_type, batch, chain};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use rusqlite::types::Value;
use rusqlite::{Connection, Rows};
use std::sync::Arc;

/// Streams the rows of a request, as the connection sees them.
pub(super) fn rows(connection: &Connection, shown: &str, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
    let (sql, parameters) = statement(read)?;
    let fail = |cause: rusqlite::Error| failure::of(&cause, shown).context(read.table.path());
    let mut statement = connection.prepare(&sql).map_err(fail)?;
    for (at, value) in parameters.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value).map_err(fail)?;
    }
    let schema = Arc::new(Schema::new(read.outputs.iter().map(field).collect::<Vec<_>>()));
    let mut columns: Vec<Cells> = read.outputs.iter().map(cells).collect();
    let mut rows = statement.raw_query();
    loop {
        let count = fill(&mut rows, read, &mut columns).map_err(|cause| match cause {
            Failure::Engine(cause) => fail(cause),
            Failure::Misfit(at) => misfit(read.table, &read.outputs[at]),
        })?;
        if count > 0 {
            let arrays = columns.iter_mut().map(Cells::finish).collect();
            sink(batch(&schema, arrays, count)?)?;
        }
        if count < BATCH_ROWS {
            return Ok(());
        }
    }
}

enum Failure {
    Engine(rusqlite::Error),
    /// The value of this output does not fit its type.
    Misfit(usize),
}

/// Moves at most one batch of rows into the columns; fewer than a batch means that none are left.
fn fill(rows: &mut Rows<'_>, read: &Read<'_>, columns: &mut [Cells]) -> Result<usize, Failure> {
    let mut count = 0;
    while count < BATCH_ROWS {
        let Some(row) = rows.next().map_err(Failure::Engine)? else { break };
        let mut at = 0;
        for (output, cells) in columns.iter_mut().enumerate() {
            if matches!(read.outputs[output], Output::Null(_)) {
                cells.push_null();
                continue;
            }
            let value = row.get_ref(at).map_err(Failure::Engine)?;
            if !cells.push(value) {
                return Err(Failure::Misfit(output));
            }
            at += 1;
        }
        count += 1;
    }
    Ok(count)
}

/// The error for a value that its column's type does not hold.
fn misfit(table: &Table, output: &Output<'_>) -> Error {
    let Output::Column(column) = output else {
        return Error::config(format!("{}: an expression gave a value that is not text", table.path()));
    };
    Error::config(format!(
        "{}.{}: a value does not fit the declared type {} (staged as {})",
        table.path(),
        column.name,
        if column.source_type.is_empty() { "none" } else { &column.source_type },
        column.duck_type
    ))
    .hint(format!(
        "SQLite lets any value sit in any column; name {:?} under `as_text` in project.yaml to carry its values \
         unchanged as text, or correct them in the store",
        format!("{}.{}", table.path(), column.name)
    ))
}

fn cells(output: &Output<'_>) -> Cells {
    match output {
        Output::Column(column) | Output::Null(column) => Cells::new(column),
        Output::Text(_) => Cells::text(),
    }
}

fn field(output: &Output<'_>) -> Field {
    match output {
        Output::Column(column) | Output::Null(column) => {
            Field::new(&column.name, arrow_type(&column.duck_type), true)
        }
        Output::Text(_) => Field::new("text", DataType::Utf8, true),
    }
}

/// The SELECT of a request and its parameters.
fn statement(read: &Read<'_>) -> Result<(String, Vec<Value>)> {
    let outputs: Vec<String> = read
        .outputs
        .iter()
        .filter_map(|output| match output {
            Output::Column(column) => Some(Ident(&column.name).to_string()),
            Output::Null(_) => None,
            Output::Text(expression) => Some(format!("CAST(({expression}) AS TEXT)")),
        })
        .collect();
    let outputs = if outputs.is_empty() { "NULL".to_owned() } else { outputs.join(", ") };
    let mut parameters = Vec::new();
    let mut conditions = Vec::new();
    if !read.any.is_empty() {
        let any: Vec<String> =
            read.any.iter().map(|filter| condition(read, filter, &mut parameters)).collect::<Result<_>>()?;
        conditions.push(format!("({})", any.join(" OR ")));
    }
    if let Some(tenant) = &read.tenant {
        conditions.push(of_tenant(read.table, tenant, &mut parameters));
    }
    let mut sql = format!("SELECT {outputs} FROM {}", Ident(&read.table.name));
    if !conditions.is_empty() {
        sql = format!("{sql} WHERE {}", conditions.join(" AND "));
    }
    Ok((sql, parameters))
}

fn condition(read: &Read<'_>, filter: &Filter, parameters: &mut Vec<Value>) -> Result<String> {
    let table = read.table;
    Ok(match filter {
        Filter::Equals { column, value } => {
            parameters.push(value_of(table, column, value));
            format!("{} = ?{}", Ident(column), parameters.len())
        }
        Filter::Keys { columns, is_expression, keys } => {
            parameters.push(Value::Text(key_list(table, columns, *is_expression, keys)?));
            let name = |column: &String| match is_expression {
                true => format!("({column})"),
                false => Ident(column).to_string(),
            };
            let names: Vec<String> = columns.iter().map(name).collect();
            format!("({}) IN ({})", names.join(", "), listed(columns.len(), parameters.len()))
        }
        Filter::Chain { columns, then: Then::Columns(then), keys } => {
            parameters.push(Value::Text(key_list(table, columns, false, keys)?));
            let begun = listed(columns.len(), parameters.len());
            let tenant = read.tenant.as_ref().map(|tenant| of_tenant(table, tenant, parameters));
            let names: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
            let relation = Ident(&table.name).to_string();
            let plain = |_, value: &str| value.to_owned();
            let query = chain::query(&relation, [columns, then], &begun, tenant.as_deref(), &plain);
            format!("({}) IN ({query})", names.join(", "))
        }
        Filter::Chain { .. } => return Err(Error::internal("a table has no relationships")),
        Filter::Sql(condition) => format!("({condition})"),
    })
}

/// The keys of a JSON list, which is the parameter at a place.
fn listed(count: usize, place: usize) -> String {
    if count == 1 {
        return format!("SELECT value FROM json_each(?{place})");
    }
    let parts: Vec<String> = (0..count).map(|part| format!("value ->> {part}")).collect();
    format!("SELECT {} FROM json_each(?{place})", parts.join(", "))
}

fn of_tenant(table: &Table, tenant: &Tenant, parameters: &mut Vec<Value>) -> String {
    let column = Ident(&tenant.column);
    if tenant.wanted == Wanted::Nobodys {
        return format!("{column} IS NULL");
    }
    parameters.push(value_of(table, &tenant.column, &tenant.value));
    let at = parameters.len();
    match tenant.wanted {
        Wanted::Foreign => format!("{column} <> ?{at}"),
        _ => format!("({column} = ?{at} OR {column} IS NULL)"),
    }
}

/// The value a text stands for in a column: SQLite converts it by the column's affinity, except where the column
/// holds anything.
fn value_of(table: &Table, column: &str, text: &str) -> Value {
    match table.column(column) {
        Some(column) if column.as_text => decode(text),
        _ => Value::Text(text.to_owned()),
    }
}

/// How a key is written for the column it is compared with.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    /// As it came: the column's affinity converts it.
    Plain,
    /// As text: SQLite does not convert it for a column of text.
    Text,
    /// As the value that travelled as text.
    Any,
}

fn spelling(table: &Table, column: &str) -> Spelling {
    match table.column(column) {
        Some(column) if column.as_text => Spelling::Any,
        Some(column) if arrow_type(&column.duck_type) == DataType::Utf8 => Spelling::Text,
        _ => Spelling::Plain,
    }
}

/// The keys as a JSON list: of values, or of lists where there are several columns.
fn key_list(table: &Table, columns: &[String], is_expression: bool, keys: &RecordBatch) -> Result<String> {
    let spelled = |name: &String| if is_expression { Spelling::Plain } else { spelling(table, name) };
    let spellings: Vec<Spelling> = columns.iter().map(spelled).collect();
    let mut list = String::from("[");
    for row in 0..keys.num_rows() {
        list.push_str(if row > 0 { "," } else { "" });
        list.push_str(if columns.len() > 1 { "[" } else { "" });
        for (at, array) in keys.columns().iter().enumerate() {
            list.push_str(if at > 0 { "," } else { "" });
            push_key(&mut list, array.as_ref(), row, spellings[at])?;
        }
        list.push_str(if columns.len() > 1 { "]" } else { "" });
    }
    list.push(']');
    Ok(list)
}

fn push_key(list: &mut String, array: &dyn Array, row: usize, spelling: Spelling) -> Result<()> {
    use std::fmt::Write;
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        let quote = if spelling == Spelling::Text { "\"" } else { "" };
        let _ = write!(list, "{quote}{}{quote}", numbers.value(row));
        return Ok(());
    }
    let Some(texts) = array.as_string_opt::<i32>() else {
        return Err(Error::internal("keys are neither BIGINT nor text"));
    };
    let text = texts.value(row);
    match if spelling == Spelling::Any { decode(text) } else { Value::Text(text.to_owned()) } {
        Value::Integer(number) => {
            let _ = write!(list, "{number}");
        }
        Value::Real(number) if number.is_finite() => {
            let _ = write!(list, "{number:?}");
        }
        Value::Text(text) => list.push_str(&serde_json::Value::String(text).to_string()),
        _ => return Err(Error::config("a key that is a BLOB cannot be looked up")),
    }
    Ok(())
}
