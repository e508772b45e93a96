//! One row as JSON: lists and structs stay nested, maps become objects.

use std::panic::catch_unwind;

use parquet::record::{Field, List, Map as FieldMap, Row};
use serde_json::{Map, Number, Value};

pub fn row_to_json(row: &Row) -> Result<String, String> {
    Ok(object_of(row)?.to_string())
}

fn object_of(row: &Row) -> Result<Value, String> {
    let mut object = Map::new();
    for (name, field) in row.get_column_iter() {
        object.insert(name.clone(), value_of(field).map_err(|e| format!("column {name}: {e}"))?);
    }
    Ok(Value::Object(object))
}

fn list_of(list: &List) -> Result<Value, String> {
    list.elements().iter().map(value_of).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn map_of(map: &FieldMap) -> Result<Value, String> {
    let mut object = Map::new();
    for (key, value) in map.entries() {
        let name = match key {
            Field::Str(text) => text.clone(),
            other => text_of(other)?,
        };
        object.insert(name, value_of(value)?);
    }
    Ok(Value::Object(object))
}

/// pandas uses NaN for missing values.
fn float_of(number: f64) -> Result<Value, String> {
    if number.is_nan() {
        return Ok(Value::Null);
    }
    Number::from_f64(number).map(Value::Number).ok_or(format!("{number} is not a JSON number"))
}

/// Of dates, times and decimals, with which nothing here computes. The reader panics on some that
/// only a damaged or strange file has.
fn text_of(field: &Field) -> Result<String, String> {
    catch_unwind(|| field.to_string()).map_err(|_| "a date, time or decimal out of range".to_owned())
}

fn value_of(field: &Field) -> Result<Value, String> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::Bool(*flag),
        Field::Byte(n) => (*n).into(),
        Field::Short(n) => (*n).into(),
        Field::Int(n) => (*n).into(),
        Field::Long(n) => (*n).into(),
        Field::UByte(n) => (*n).into(),
        Field::UShort(n) => (*n).into(),
        Field::UInt(n) => (*n).into(),
        Field::ULong(n) => (*n).into(),
        Field::Float16(n) => float_of(n.to_f64())?,
        Field::Float(n) => float_of(f64::from(*n))?,
        Field::Double(n) => float_of(*n)?,
        Field::Str(text) => Value::String(text.clone()),
        // Some writers omit the annotation "this is text".
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Value::String(text.to_owned()),
            Err(e) => return Err(format!("not UTF-8 at byte {}", e.valid_up_to() + 1)),
        },
        Field::Group(row) => object_of(row)?,
        Field::ListInternal(list) => list_of(list)?,
        Field::MapInternal(map) => map_of(map)?,
        other => Value::String(text_of(other)?),
    })
}
