//! `pandas.to_datetime`: columns as points in time.
//!
//! The first text decides on the layout, and all others must have it, as in pandas since 2.0. Layouts
//! are those of ISO 8601 and the common ones with slashes and names of months; pandas guesses a few
//! more (`24-01-02`, `2024Q1`, a bare `12:30`), which are refused here, since what they are taken for
//! is seldom what was meant.

use crate::array::{CastError, Elements, TimeUnit};
use crate::signature::Moment;
use crate::value::{NOT_A_TIME, Value};

type Times = Result<Elements, CastError>;

/// A column as points in time.
pub(crate) fn to_datetime(elements: &Elements) -> Times {
    match elements {
        Elements::Bool(all) if !all.is_empty() => {
            Err(CastError::new("found truth values, expected times"))
        }
        Elements::Text(_) | Elements::Object(_) => of_column(elements, true),
        _ => numbers(elements),
    }
}

/// The same for `Series.astype`, which takes truth values as numbers, and times of any layout.
pub(super) fn astype(elements: &Elements, unit: TimeUnit) -> Times {
    if let Elements::Time { unit: from, counts } = elements {
        let counts = rescaled(counts, *from, unit)?;
        return Ok(Elements::Time { unit, counts });
    }
    let times = match elements {
        Elements::Text(_) | Elements::Object(_) => of_column(elements, false)?,
        _ => numbers(elements)?,
    };
    let Elements::Time { counts, .. } = times else {
        return Err(CastError::new(
            "found times with a zone, expected times without",
        ));
    };
    let scaled = |nanoseconds: i64| match nanoseconds {
        NOT_A_TIME => NOT_A_TIME,
        _ => nanoseconds.div_euclid(unit.nanoseconds()),
    };
    Ok(Elements::Time {
        unit,
        counts: counts.into_iter().map(scaled).collect(),
    })
}

/// Times counted in another unit, as long as nanoseconds hold them.
pub(crate) fn rescaled(
    counts: &[i64],
    from: TimeUnit,
    to: TimeUnit,
) -> Result<Vec<i64>, CastError> {
    let each = counts.iter().map(|count| match *count {
        NOT_A_TIME => Ok(NOT_A_TIME),
        count => match count.checked_mul(from.nanoseconds()) {
            Some(nanoseconds) => Ok(nanoseconds.div_euclid(to.nanoseconds())),
            None => Err(CastError::new(
                "found a time beyond the years 1677 to 2262, which nanoseconds cannot hold",
            )),
        },
    });
    each.collect()
}

/// Numbers are nanoseconds.
fn numbers(elements: &Elements) -> Times {
    let each = elements.iter().map(|value| number(&value));
    Ok(Elements::of_nanoseconds(each.collect::<Result<_, _>>()?))
}

fn number(value: &Value) -> Result<i64, CastError> {
    match value {
        Value::Bool(value) => Ok(i64::from(*value)),
        Value::Int(value) | Value::Time(value) => Ok(*value),
        #[expect(clippy::cast_possible_truncation, reason = "the fraction is cut off")]
        Value::Float(value) if value.abs() < 9.2e18 => Ok(*value as i64),
        Value::Float(_) | Value::Null => Ok(NOT_A_TIME),
        Value::Other(other) => other.nanoseconds().ok_or_else(|| expected(value)),
        other => Err(expected(other)),
    }
}

fn expected(value: &Value) -> CastError {
    let found: String = value.to_repr().chars().take(60).collect();
    let name = value.type_name();
    CastError::new(format!(
        "found {name} `{found}`, expected a time such as 2024-01-31T12:00:00"
    ))
}

/// The zone that times have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// No time was read yet.
    Unread,
    /// They have none.
    None,
    /// So many minutes east of UTC.
    At(i64),
}

/// Times that are read one after the other.
struct Reader {
    /// Whether all have one layout.
    is_strict: bool,
    layout: Option<Layout>,
    /// Whether nothing but missing values came before the first text.
    is_first: bool,
    zone: Zone,
    counts: Vec<i64>,
}

fn of_column(elements: &Elements, is_strict: bool) -> Times {
    let mut reader = Reader {
        is_strict,
        layout: None,
        is_first: true,
        zone: Zone::Unread,
        counts: Vec::with_capacity(elements.len()),
    };
    match elements {
        Elements::Text(all) => {
            for text in all {
                match text {
                    Some(text) => reader.read(text)?,
                    None => reader.counts.push(NOT_A_TIME),
                }
            }
        }
        other => other.iter().try_for_each(|value| reader.push(&value))?,
    }
    match reader.zone {
        Zone::At(_) => Ok(Elements::ZonedTime(reader.counts)),
        _ => Ok(Elements::of_nanoseconds(reader.counts)),
    }
}

impl Reader {
    fn push(&mut self, value: &Value) -> Result<(), CastError> {
        if matches!(
            value,
            Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Array(_)
        ) {
            return Err(expected(value));
        }
        if let Value::Text(text) = value {
            return self.read(text);
        }
        // A number among texts is one of them, unless it comes first.
        let is_number = matches!(value, Value::Int(_) | Value::Float(_)) && !value.is_null_or_nan();
        if self.is_strict && self.layout.is_some() && is_number {
            return Err(expected(value));
        }
        // Among other values pandas refuses what a column of numbers counts as missing.
        if matches!(value, Value::Float(float) if float.is_finite() && float.abs() >= 9.3e18) {
            return Err(expected(value));
        }
        self.is_first &= value.is_null_or_nan();
        self.counts.push(number(value)?);
        Ok(())
    }

    fn read(&mut self, text: &str) -> Result<(), CastError> {
        if is_missing(text) {
            self.counts.push(NOT_A_TIME);
            return Ok(());
        }
        let fault = || expected(&Value::text(text));
        let read = Read::plain(text)
            .or_else(|| Read::of(text))
            .ok_or_else(fault)?;
        let differs = self.layout.is_some_and(|known| known != read.layout);
        if self.is_strict && self.is_first && differs {
            return Err(CastError::new(format!(
                "found `{text}`, expected the layout of the times before, {}",
                self.layout.map(Layout::words).unwrap_or_default()
            )));
        }
        self.layout.get_or_insert(read.layout);
        let zone = read.offset.map_or(Zone::None, Zone::At);
        if self.zone == Zone::Unread {
            self.zone = zone;
        }
        if self.zone != zone {
            return Err(CastError::new(format!(
                "found `{text}`, expected the zone of the times before"
            )));
        }
        self.counts.push(read.nanoseconds.ok_or_else(fault)?);
        Ok(())
    }
}

/// What pandas takes for a missing time.
fn is_missing(text: &str) -> bool {
    text.is_empty()
        || ["nat", "nan"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

/// How a time is written: the date, what separates the time of day, and how far that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    date: DateLayout,
    separator: Option<char>,
    /// Hours, minutes, seconds, and a fraction.
    parts: usize,
    is_zoned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateLayout {
    Year,
    YearMonth(char),
    YearMonthDay(char),
    Digits,
    MonthDayYear(char),
    DayMonthYear(char),
    NamedMonthDayYear,
    DayNamedMonthYear,
}

impl Layout {
    fn words(self) -> String {
        let date = match self.date {
            DateLayout::Year => "YYYY".to_owned(),
            DateLayout::YearMonth(mark) => format!("YYYY{mark}MM"),
            DateLayout::YearMonthDay(mark) => format!("YYYY{mark}MM{mark}DD"),
            DateLayout::Digits => "YYYYMMDD".to_owned(),
            DateLayout::MonthDayYear(mark) => format!("MM{mark}DD{mark}YYYY"),
            DateLayout::DayMonthYear(mark) => format!("DD{mark}MM{mark}YYYY"),
            DateLayout::NamedMonthDayYear => "Month DD, YYYY".to_owned(),
            DateLayout::DayNamedMonthYear => "DD Month YYYY".to_owned(),
        };
        let time = ["", "hh", "hh:mm", "hh:mm:ss", "hh:mm:ss.ffffff"][self.parts];
        let separator = self.separator.map(String::from).unwrap_or_default();
        let zone = if self.is_zoned { "±hh:mm" } else { "" };
        format!("{date}{separator}{time}{zone}")
    }
}

/// A time that was read.
struct Read {
    layout: Layout,
    /// `None` where the time is too far away to be counted in nanoseconds.
    nanoseconds: Option<i64>,
    /// Minutes east of UTC.
    offset: Option<i64>,
}

impl Read {
    /// Reads what nearly all times are written like.
    fn plain(text: &str) -> Option<Self> {
        let moment = Moment::parse_plain(text)?;
        let separator = text.as_bytes().get(10).map(|byte| char::from(*byte));
        Some(Self {
            layout: Layout {
                date: DateLayout::YearMonthDay('-'),
                separator,
                parts: if separator.is_some() { 3 } else { 0 },
                is_zoned: false,
            },
            nanoseconds: i64::try_from(moment.nanoseconds()).ok(),
            offset: None,
        })
    }

    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, layout, rest) = date(text)?;
        let mut layout = Layout {
            date: layout,
            separator: None,
            parts: 0,
            is_zoned: false,
        };
        let mut time = String::new();
        let mut offset = None;
        if let Some(first) = rest.chars().next() {
            let separator = (first == 'T' || first == ' ').then_some(first)?;
            let clock = rest[1..].trim();
            let at = clock.find(['Z', '+', '-', ' ']).unwrap_or(clock.len());
            let (clock, zone) = clock.split_at(at);
            layout.separator = Some(separator);
            layout.parts = clock.matches(':').count() + 1 + usize::from(clock.contains('.'));
            let zone = zone.trim();
            layout.is_zoned = !zone.is_empty();
            let zone = if zone == "UTC" { "Z" } else { zone };
            offset = if layout.is_zoned {
                Some(minutes(zone)?)
            } else {
                None
            };
            time = format!("T{}{zone}", clock_with_colons(clock)?);
        }
        let moment = Moment::parse_any_year(&format!("{date}{time}"))?;
        Some(Self {
            layout,
            nanoseconds: i64::try_from(moment.nanoseconds())
                .ok()
                .filter(|count| *count != NOT_A_TIME),
            offset,
        })
    }
}

/// `030405` and `3:4:5` as `03:04:05`.
fn clock_with_colons(clock: &str) -> Option<String> {
    if clock.contains(':') {
        let padded = clock.split(':').map(|part| match part.find('.') {
            Some(1) => format!("0{part}"),
            None => format!("{part:0>width$}", width = 2 * usize::from(!part.is_empty())),
            Some(_) => part.to_owned(),
        });
        return Some(padded.collect::<Vec<_>>().join(":"));
    }
    if clock.len() <= 2 {
        return Some(clock.to_owned());
    }
    let (whole, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(a, b)| (a, Some(b)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) || whole.len() % 2 != 0 || whole.len() > 6 {
        return None;
    }
    let pairs: Vec<&str> = (0..whole.len())
        .step_by(2)
        .map(|at| &whole[at..at + 2])
        .collect();
    let fraction = fraction
        .map(|digits| format!(".{digits}"))
        .unwrap_or_default();
    Some(format!("{}{fraction}", pairs.join(":")))
}

/// Minutes east of UTC.
fn minutes(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let (hours, rest) = digits.split_at_checked(2)?;
    let rest = if rest.is_empty() { "0" } else { rest };
    let (hours, rest): (i64, i64) = (hours.parse().ok()?, rest.parse().ok()?);
    Some(sign * (hours * 60 + rest))
}

/// A date as ISO 8601 writes it, the layout it has, and what follows it.
fn date(text: &str) -> Option<(String, DateLayout, &str)> {
    named_date(text).or_else(|| numeric_date(text))
}

fn numeric_date(text: &str) -> Option<(String, DateLayout, &str)> {
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let mark = date.chars().find(|one| !one.is_ascii_digit());
    let Some(mark) = mark else {
        return match date.len() {
            4 => Some((date.to_owned(), DateLayout::Year, rest)),
            8 => {
                let iso = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
                Some((iso, DateLayout::Digits, rest))
            }
            _ => None,
        };
    };
    if !matches!(mark, '-' | '/' | '.') {
        return None;
    }
    let parts: Vec<&str> = date.split(mark).collect();
    let is_short = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| is_short(part));
    match parts.as_slice() {
        [year, month] if year.len() == 4 => {
            let iso = format!("{year}-{:02}", number(month)?);
            Some((iso, DateLayout::YearMonth(mark), rest))
        }
        [year, month, day] if year.len() == 4 => {
            let iso = format!("{year}-{:02}-{:02}", number(month)?, number(day)?);
            Some((iso, DateLayout::YearMonthDay(mark), rest))
        }
        [first, second, year] if year.len() == 4 => {
            let (first, second) = (number(first)?, number(second)?);
            if first <= 12 {
                let iso = format!("{year}-{first:02}-{second:02}");
                return Some((iso, DateLayout::MonthDayYear(mark), rest));
            }
            let iso = format!("{year}-{second:02}-{first:02}");
            Some((iso, DateLayout::DayMonthYear(mark), rest))
        }
        _ => None,
    }
}

/// `Jan 2, 2024` and `2 January 2024`.
fn named_date(text: &str) -> Option<(String, DateLayout, &str)> {
    let mut words = text.splitn(4, ' ');
    let (first, second, year) = (words.next()?, words.next()?, words.next()?);
    let year_end = first.len() + second.len() + year.len() + 2;
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest = &text[year_end..];
    if let (Some(month), Some(day)) = (month(first), day(second.trim_end_matches(','))) {
        let iso = format!("{year}-{month:02}-{day:02}");
        return Some((iso, DateLayout::NamedMonthDayYear, rest));
    }
    let iso = format!("{year}-{:02}-{:02}", month(second)?, day(first)?);
    Some((iso, DateLayout::DayNamedMonthYear, rest))
}

fn day(text: &str) -> Option<u32> {
    text.parse().ok().filter(|day| (1..=31).contains(day))
}

fn month(text: &str) -> Option<usize> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let is_it = |name: &&str| **name == text || (text.len() == 3 && name.starts_with(&text));
    NAMES.iter().position(is_it).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;
    use crate::table::Table;

    fn times(json: &str) -> Result<String, String> {
        let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
        let Value::List(items) = value else {
            panic!("a list")
        };
        let elements = to_datetime(&Table::infer(*items)).map_err(|error| error.message)?;
        let values = Value::list(elements.iter()).to_repr();
        Ok(format!("{} {values}", elements.dtype_name()))
    }

    #[test]
    fn times_are_read_as_pandas_reads_them() {
        let day = "datetime64[ns] [1704153600000000000]";
        for (json, expected) in [
            (r#"["2024-01-02"]"#, day),
            (r#"["2024-1-2"]"#, day),
            (r#"["20240102"]"#, day),
            (r#"["2024/01/02"]"#, day),
            (r#"["01/02/2024"]"#, day),
            (r#"["Jan 2, 2024"]"#, day),
            (r#"["2 January 2024"]"#, day),
            (r#"[" 2024-01-02 00:00 "]"#, day),
            (r#"["20240102T000000"]"#, day),
            (r#"["2024-01-02 0:0"]"#, day),
            (r#"["2024-01-02T00:0:0.0"]"#, day),
            (r#"["13/02/2024"]"#, "datetime64[ns] [1707782400000000000]"),
            (r#"["2024"]"#, "datetime64[ns] [1704067200000000000]"),
            ("[1, null]", "datetime64[ns] [1, -9223372036854775808]"),
            ("[1.5, 1e40]", "datetime64[ns] [1, -9223372036854775808]"),
            (
                r#"["", "NaT", null]"#,
                "datetime64[ns] [-9223372036854775808, -9223372036854775808, -9223372036854775808]",
            ),
            (r#"[1, "1970-01-01"]"#, "datetime64[ns] [1, 0]"),
            (
                r#"["2024-01-02T02:00:00+02:00"]"#,
                "datetime64[ns, UTC] [1704153600000000000]",
            ),
            (
                r#"["2024-01-02T00:00:00.123456789"]"#,
                "datetime64[ns] [1704153600123456789]",
            ),
        ] {
            assert_eq!(times(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn refuses_other_texts_and_mixed_layouts() {
        for json in [
            "[true]",
            r#"["5"]"#,
            r#"["abc"]"#,
            r#"["None"]"#,
            r#"["1.5"]"#,
            r#"["2024-02-30"]"#,
            r#"["2024-01-02T24:00:00"]"#,
            r#"["2024-01-002"]"#,
            r#"["2024-01-02 03:"]"#,
            r#"["2024-01-02 03:004"]"#,
            r#"["2024-+1-02"]"#,
            r#"["", 1e40]"#,
            r#"["1500-01-01"]"#,
            r#"["9999-12-31"]"#,
            "[[1]]",
            r#"["2024-01-02", "2024-01-03T00:00:00"]"#,
            r#"["2024-01-02 05:00", "2024-01-03"]"#,
            r#"["2024-01-02T05:00:00", "2024-01-02T05:00:00.5"]"#,
            r#"["2024-01-02T05:00:00", "2024-01-02 05:00:00"]"#,
            r#"["2024-01-02", "2024-01-03Z"]"#,
            r#"["2024-01-02", 1]"#,
            r#"["2024-01-02T03:04:05Z", "2024-01-02T03:04:05+02:00"]"#,
        ] {
            assert!(times(json).is_err(), "{json}: {:?}", times(json));
        }
    }
}
