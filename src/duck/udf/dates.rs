//! Dates. Ages are counted at a day the caller names: nothing here reads a clock.

use super::address::write_number;
use super::keyed::{Faker, Outcome};
use super::names::Person;
use crate::error::MASK_BAD_DATE;
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use std::fmt::Write as _;

/// Arguments: birth date, person, least age, greatest age, age of the row (empty: none), day of the age.
///
/// With an age, somebody born on the fake date is exactly that old on that day, whatever the limits say.
pub(super) fn birth_date(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let on = day(args[5])?;
    let years = |text: &str, default: u32| text.parse::<u32>().unwrap_or(default).min(150);
    let (least, greatest) = match args[4].parse::<u32>() {
        Ok(age) => (age.min(150), age.min(150)),
        Err(_) => (years(args[2], 0), years(args[3], 100)),
    };
    let born = |age: u32| on.checked_sub_months(Months::new(12 * age)).ok_or(MASK_BAD_DATE);
    let first = born(greatest.max(least) + 1)?.checked_add_days(Days::new(1)).ok_or(MASK_BAD_DATE)?;
    let span = born(least)?.signed_duration_since(first).num_days().max(0) as usize + 1;
    let person = Person::new(args[1], "");
    let mut digest = if person.key().is_empty() {
        faker.digest("birth_date", args[0])
    } else {
        faker.digest("person/birth_date", person.key())
    };
    write_day(first + Days::new(digest.below(span) as u64), out);
    Ok(())
}

/// Arguments: date, first day, last day, both included. Any date between them.
pub(super) fn date(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let (first, last) = (day(args[1])?, day(args[2])?);
    let span = last.signed_duration_since(first).num_days().max(0) as usize + 1;
    write_day(first + Days::new(faker.digest("date", args[0]).below(span) as u64), out);
    Ok(())
}

/// Arguments: date, person, greatest number of days. How many days to move by: never zero, the same for
/// every date of a person, else the same for the same date.
pub(super) fn shift(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let days = args[2].parse::<u32>().ok().filter(|days| *days > 0).ok_or(MASK_BAD_DATE)?;
    let person = Person::new(args[1], "");
    let mut digest = if person.key().is_empty() {
        faker.digest("shift", args[0])
    } else {
        faker.digest("person/shift", person.key())
    };
    if digest.word() & 1 == 0 {
        out.push('-');
    }
    write_number(1 + digest.below(days as usize), out);
    Ok(())
}

/// Arguments as [`shift`]. The date, with a time behind it or not, moved by so many days.
pub(super) fn shifted(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let (from, time) = moment(args[0])?;
    let mut days = String::new();
    shift(faker, args, &mut days)?;
    let days = days.parse::<i64>().map(TimeDelta::days).map_err(|_| MASK_BAD_DATE)?;
    write_day(from.checked_add_signed(days).ok_or(MASK_BAD_DATE)?, out);
    out.push_str(time);
    Ok(())
}

/// Arguments: date, with a time behind it or not. The first day of its year, at midnight.
pub(super) fn year(_: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let (day, time) = moment(args[0])?;
    write_day(day.with_ordinal(1).ok_or(MASK_BAD_DATE)?, out);
    out.extend(time.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }));
    Ok(())
}

/// A day and what says the time of it.
fn moment(text: &str) -> Result<(NaiveDate, &str), &'static str> {
    let (day, time) = (day(text)?, &text[10..]);
    let is_time = |letter: char| letter.is_ascii_digit() || " T:.,Z+-".contains(letter);
    match time.is_empty() || (time.starts_with(['T', ' ']) && time.chars().all(is_time)) {
        true => Ok((day, time)),
        false => Err(MASK_BAD_DATE),
    }
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    text.get(..10).and_then(|text| text.parse().ok()).ok_or(MASK_BAD_DATE)
}

fn write_day(day: NaiveDate, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
}
