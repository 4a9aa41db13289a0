//! Property values between Bolt and JSON text. What has no DuckDB type is tagged, so that it loads back identical:
//! `{"$datetime": "2026-11-20T08:00:00+01:00[Europe/Berlin]"}`.

use crate::store::graph::cells::Value;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use neo4rs::{BoltList, BoltMap, BoltType};
use serde_json::{Value as Json, json};

/// The functions that make a value of its text or map, by tag.
pub(super) const TAGS: [&str; 7] =
    ["date", "datetime", "localdatetime", "time", "localtime", "duration", "point"];

/// A value as JSON. `text` is what the server's `toString` says of it.
pub(super) fn to_json(value: &BoltType, text: Option<&str>) -> Option<Json> {
    Some(match value {
        BoltType::Null(_) => Json::Null,
        BoltType::Boolean(flag) => flag.value.into(),
        BoltType::Integer(number) => number.value.into(),
        BoltType::Float(number) => match serde_json::Number::from_f64(number.value) {
            Some(number) => Json::Number(number),
            None => json!({"$float": number.value.to_string()}),
        },
        BoltType::String(text) => text.value.as_str().into(),
        BoltType::List(list) => {
            Json::Array(list.value.iter().map(|value| to_json(value, None)).collect::<Option<_>>()?)
        }
        BoltType::Bytes(bytes) => {
            json!({"$bytes": bytes.value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()})
        }
        BoltType::Point2D(point) => {
            json!({"$point": {"srid": point.sr_id.value, "x": point.x.value, "y": point.y.value}})
        }
        BoltType::Point3D(point) => json!({"$point": {"srid": point.sr_id.value, "x": point.x.value,
                                                      "y": point.y.value, "z": point.z.value}}),
        other => {
            let tag = tag(other)?;
            let text = text.map(ToOwned::to_owned).or_else(|| temporal(other))?;
            Json::Object([(format!("${tag}"), text.into())].into_iter().collect())
        }
    })
}

fn tag(value: &BoltType) -> Option<&'static str> {
    Some(match value {
        BoltType::Date(_) => "date",
        BoltType::DateTime(_) | BoltType::DateTimeZoneId(_) => "datetime",
        BoltType::LocalDateTime(_) => "localdatetime",
        BoltType::Time(_) => "time",
        BoltType::LocalTime(_) => "localtime",
        BoltType::Duration(_) => "duration",
        _ => return None,
    })
}

/// A date or time inside a list, as Cypher reads it.
fn temporal(value: &BoltType) -> Option<String> {
    const LOCAL: &str = "%Y-%m-%dT%H:%M:%S%.f";
    Some(match value {
        BoltType::Date(date) => NaiveDate::try_from(date).ok()?.to_string(),
        BoltType::DateTime(time) => DateTime::<FixedOffset>::try_from(time).ok()?.to_rfc3339(),
        BoltType::DateTimeZoneId(_) => {
            let (local, zone): (NaiveDateTime, String) = value.clone().try_into().ok()?;
            format!("{}[{zone}]", local.format(LOCAL))
        }
        BoltType::LocalDateTime(time) => NaiveDateTime::try_from(time).ok()?.format(LOCAL).to_string(),
        BoltType::Time(time) => {
            let (time, offset) = <(NaiveTime, FixedOffset)>::from(time);
            format!("{}{offset}", time.format("%H:%M:%S%.f"))
        }
        BoltType::LocalTime(time) => NaiveTime::from(time).format("%H:%M:%S%.f").to_string(),
        _ => return None,
    })
}

/// A value as a parameter; of a column staged as text a pair of tag and value, see [`untagged`].
pub(super) fn parameter(value: &Value<'_>, is_tagged: bool) -> Option<BoltType> {
    if is_tagged {
        let (tag, value) = tagged(value.to_json())?;
        return Some(list(vec![tag.into(), value]));
    }
    Some(match value {
        Value::Null => null(),
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::Date(days) => DateTime::from_timestamp(i64::from(*days) * 86_400, 0)?.date_naive().into(),
        Value::Timestamp(micros) => DateTime::from_timestamp_micros(*micros)?.naive_utc().into(),
        Value::Other(json) => plain(json)?,
    })
}

/// The Cypher expression for the value of a pair of tag and value.
pub(super) fn untagged(pair: &str) -> String {
    let mut expression = format!("CASE {pair}[0]");
    for tag in TAGS {
        expression +=
            &format!(" WHEN '{tag}' THEN {tag}({pair}[1]) WHEN '[{tag}]' THEN [x IN {pair}[1] | {tag}(x)]");
    }
    expression + &format!(" ELSE {pair}[1] END")
}

fn tagged(json: Json) -> Option<(String, BoltType)> {
    match &json {
        Json::Object(object) => {
            let (tag, inside) = object.iter().next().filter(|_| object.len() == 1)?;
            let tag = tag.strip_prefix('$')?;
            match (tag, inside) {
                ("bytes", Json::String(hex)) => {
                    Some((String::new(), crate::store::text::parse_hex(hex)?.into()))
                }
                ("float", Json::String(text)) => Some((String::new(), text.parse::<f64>().ok()?.into())),
                (tag, inside) => TAGS.contains(&tag).then(|| Some((tag.to_owned(), plain(inside)?)))?,
            }
        }
        Json::Array(items) if items.first().is_some_and(Json::is_object) => {
            let items: Vec<(String, BoltType)> = items.iter().cloned().map(tagged).collect::<Option<_>>()?;
            let tag = items.first()?.0.clone();
            let is_same = items.iter().all(|(other, _)| *other == tag);
            let values = list(items.into_iter().map(|(_, value)| value).collect());
            is_same.then(|| (format!("[{tag}]"), values))
        }
        other => Some((String::new(), plain(other)?)),
    }
}

fn plain(json: &Json) -> Option<BoltType> {
    Some(match json {
        Json::Null => null(),
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64()?.into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => list(items.iter().map(plain).collect::<Option<_>>()?),
        Json::Object(object) => {
            let mut map = BoltMap::new();
            for (name, value) in object {
                map.put(name.as_str().into(), plain(value)?);
            }
            BoltType::Map(map)
        }
    })
}

/// A list parameter.
pub(super) fn list(values: Vec<BoltType>) -> BoltType {
    BoltType::List(BoltList::from(values))
}

/// A NULL parameter.
pub(super) fn null() -> BoltType {
    BoltType::Null(neo4rs::BoltNull)
}

/// All values whose text is this: the text itself, and the number or truth value it spells.
pub(super) fn spelled(text: &str) -> BoltType {
    let mut values: Vec<BoltType> = vec![text.into()];
    if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
        values.push(number.into());
    } else if let Some(number) = text.parse::<f64>().ok().filter(|number| format!("{number:?}") == text) {
        values.push(number.into());
    } else if let Ok(flag) = text.parse::<bool>() {
        values.push(flag.into());
    }
    list(values)
}
