//! One line of a graph file, as APOC's JSON export writes it.

use crate::store::graph::cells::Value;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor, value};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A parsed line. What it does not name is ignored, and kept when the file is rewritten.
#[derive(serde::Deserialize)]
pub(super) struct Line<'a> {
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default, borrow)]
    pub id: Value<'a>,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default, borrow)]
    pub properties: Properties<'a>,
    #[serde(default, borrow)]
    pub start: Option<End<'a>>,
    #[serde(default, borrow)]
    pub end: Option<End<'a>>,
    /// Of a decision line: the run.
    #[serde(default)]
    pub run: Option<String>,
    /// Of a decision line: what was decided.
    #[serde(default)]
    pub decision: Option<String>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Node,
    Relationship,
    /// The decision of a load.
    Datamig,
    #[serde(other)]
    Other,
}

/// One end of a relationship.
#[derive(serde::Deserialize)]
pub(super) struct End<'a> {
    #[serde(borrow)]
    pub id: Value<'a>,
}

/// Properties in the order of the file.
#[derive(Default)]
pub(super) struct Properties<'a>(pub Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Properties<'a> {
    /// The value of a property; NULL where it is missing.
    pub fn get(&self, name: &str) -> &Value<'a> {
        self.0.iter().find(|(other, _)| other == name).map_or(&Value::Null, |(_, value)| value)
    }

    /// The properties that are there, as JSON by name: equal for equal relationships.
    pub fn canonical(&self) -> String {
        let values = self.0.iter().filter(|(_, value)| *value != Value::Null);
        canonical(values.map(|(name, value)| (name.as_ref(), value.to_json())))
    }
}

/// Properties as JSON text, sorted by name.
pub(super) fn canonical<'n>(values: impl Iterator<Item = (&'n str, Json)>) -> String {
    let sorted: BTreeMap<&str, Json> = values.collect();
    serde_json::to_string(&sorted).unwrap_or_default()
}

impl<'de: 'a, 'a> Deserialize<'de> for Properties<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Properties<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("properties")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Properties<'de>, M::Error> {
                let mut pairs = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Properties(pairs))
            }
            fn visit_unit<E>(self) -> Result<Properties<'de>, E> {
                Ok(Properties::default())
            }
        }
        deserializer.deserialize_any(Pairs)
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl<'de> Visitor<'de> for Scalar {
            type Value = Value<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Value<'de>, E> {
                Ok(Value::Bool(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
                Ok(Value::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
                Ok(i64::try_from(number).map_or_else(|_| Value::Other(number.into()), Value::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
                Ok(Value::Float(number))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_unit<E>(self) -> Result<Value<'de>, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value<'de>, E> {
                Ok(Value::Null)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Value<'de>, S::Error> {
                Json::deserialize(value::SeqAccessDeserializer::new(seq)).map(Value::Other)
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Value<'de>, M::Error> {
                Json::deserialize(value::MapAccessDeserializer::new(map)).map(Value::Other)
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}
