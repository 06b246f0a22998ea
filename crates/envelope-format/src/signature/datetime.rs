//! Points in time as `numpy.datetime64` reads them from text and `isoformat` writes them.

/// A point in time: a day, or a day with a time to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Days since 1970-01-01.
    days: i64,
    /// Nanoseconds since midnight, if the text had a time.
    nanos: Option<i64>,
    /// How many digits of a second's fraction the text had.
    digits: usize,
    /// Whether the text had a zone.
    pub(crate) zoned: bool,
}

impl Moment {
    /// Reads `2024`, `2024-01-02`, `2024-01-02T03:04:05.5+02:00` and what lies between; a zone
    /// shifts to UTC. `None` for other text, more than six fraction digits and years outside 1
    /// to 9999, which Python cannot hold.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let moment = Self::parse_any_year(text).filter(|moment| moment.digits <= 6)?;
        let (year, _, _) = civil(moment.days);
        (1..=9999).contains(&year).then_some(moment)
    }

    /// Reads `2024-01-31` and `2024-01-31T12:00:00`, which is how nearly all times are written.
    pub(crate) fn parse_plain(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mark = |at: usize, mark: u8| bytes[at] == mark;
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().try_fold(0_i64, |number, byte| {
                let is_digit = byte.is_ascii_digit();
                is_digit.then(|| number * 10 + i64::from(byte - b'0'))
            })
        };
        if !matches!(bytes.len(), 10 | 19) || !mark(4, b'-') || !mark(7, b'-') {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let mut nanos = None;
        if bytes.len() == 19 {
            let is_clock = matches!(bytes[10], b'T' | b' ') && mark(13, b':') && mark(16, b':');
            let (hours, minutes, seconds) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
            if !is_clock || hours > 23 || minutes > 59 || seconds > 59 {
                return None;
            }
            nanos = Some((hours * 3600 + minutes * 60 + seconds) * 1_000_000_000);
        }
        Some(Self {
            days: days_since_epoch((year, month, day)),
            nanos,
            digits: 0,
            zoned: false,
        })
    }

    /// The same to the nanosecond and for years before and after Python's.
    pub(crate) fn parse_any_year(text: &str) -> Option<Self> {
        if let Some(moment) = Self::parse_plain(text) {
            return Some(moment);
        }
        let mut scan = Scan {
            rest: text.trim_start_matches([' ', '\t', '\n', '\r']),
        };
        let moment = scan.moment()?;
        scan.rest.is_empty().then_some(moment)
    }

    /// The point so many nanoseconds after 1970-01-01.
    pub(crate) fn of_nanoseconds(nanoseconds: i64) -> Self {
        Self {
            days: nanoseconds.div_euclid(DAY),
            nanos: Some(nanoseconds.rem_euclid(DAY)),
            digits: 9,
            zoned: false,
        }
    }

    /// The same for points further away.
    pub(crate) fn of_wide_nanoseconds(nanoseconds: i128) -> Self {
        let day = i128::from(DAY);
        let days = nanoseconds.div_euclid(day);
        Self {
            days: i64::try_from(days).unwrap_or(i64::MAX / DAY),
            nanos: i64::try_from(nanoseconds.rem_euclid(day)).ok(),
            digits: 9,
            zoned: false,
        }
    }

    /// The day so many days after 1970-01-01.
    pub(crate) fn of_day(days: i64) -> Self {
        Self {
            days,
            nanos: None,
            digits: 0,
            zoned: false,
        }
    }

    /// Nanoseconds since 1970-01-01.
    pub(crate) fn nanoseconds(self) -> i128 {
        i128::from(self.days) * i128::from(DAY) + i128::from(self.nanos.unwrap_or(0))
    }

    /// Writes as Python's `date.isoformat` or `datetime.isoformat`, or with all digits of
    /// nanoseconds where there are any, as pandas does.
    pub(crate) fn isoformat(self) -> String {
        let (year, month, day) = civil(self.days);
        let date = format!("{year:04}-{month:02}-{day:02}");
        let Some(nanos) = self.nanos else {
            return date;
        };
        let micros = nanos / 1000;
        let rest = nanos % 1000;
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let fraction = match (fraction, rest) {
            (0, 0) => String::new(),
            (micros, 0) => format!(".{micros:06}"),
            (micros, nanos) => format!(".{micros:06}{nanos:03}"),
        };
        format!("{date}T{hours:02}:{minutes:02}:{seconds:02}{fraction}")
    }
}

struct Scan<'a> {
    rest: &'a str,
}

impl Scan<'_> {
    fn eat(&mut self, token: char) -> bool {
        let stripped = self.rest.strip_prefix(token);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn digits(&mut self, wanted: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(wanted)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    fn run_of_digits(&self) -> usize {
        self.rest.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn in_range(&mut self, low: i64, high: i64) -> Option<i64> {
        self.digits(2).filter(|value| (low..=high).contains(value))
    }

    fn moment(&mut self) -> Option<Moment> {
        let is_before = self.eat('-');
        if !is_before {
            self.eat('+');
        }
        let year = self
            .digits(self.run_of_digits())
            .filter(|year| *year <= 1_000_000_000_000)?;
        let year = if is_before { -year } else { year };
        let mut date = (year, 1, 1);
        if self.eat('-') {
            date.1 = self.in_range(1, 12)?;
            if self.eat('-') {
                date.2 = self.in_range(1, days_in_month(date.0, date.1))?;
                if self.eat('T') || self.eat(' ') {
                    return self.time(days_since_epoch(date));
                }
            }
        }
        Some(Moment {
            days: days_since_epoch(date),
            nanos: None,
            digits: 0,
            zoned: false,
        })
    }

    fn time(&mut self, days: i64) -> Option<Moment> {
        let mut nanos = self.in_range(0, 23)? * 3_600_000_000_000;
        let mut digits = 0;
        if self.eat(':') {
            nanos += self.in_range(0, 59)? * 60_000_000_000;
            if self.eat(':') {
                nanos += self.in_range(0, 59)? * 1_000_000_000;
                if self.eat('.') {
                    digits = self.run_of_digits();
                    nanos += self.fraction()?;
                }
            }
        }
        let offset = self.zone()?;
        let shifted = nanos - offset.unwrap_or(0) * 60_000_000_000;
        Some(Moment {
            days: days + shifted.div_euclid(DAY),
            nanos: Some(shifted.rem_euclid(DAY)),
            digits,
            zoned: offset.is_some(),
        })
    }

    fn fraction(&mut self) -> Option<i64> {
        let count = self.run_of_digits();
        let read = count.min(9);
        let missing = u32::try_from(9 - read).unwrap_or(0);
        let value = if read == 0 { 0 } else { self.digits(read)? };
        // What is finer than a nanosecond is cut off, as numpy does.
        self.rest = &self.rest[count - read..];
        (count <= 18).then_some(value * 10_i64.pow(missing))
    }

    /// The offset from UTC in minutes: outer `None` for a fault, inner `None` for no zone.
    #[expect(clippy::option_option, reason = "a fault and no zone are two things")]
    fn zone(&mut self) -> Option<Option<i64>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.eat('Z') {
            return Some(Some(0));
        }
        let sign = if self.eat('-') { -1 } else { 1 };
        if sign == 1 && !self.eat('+') {
            return None;
        }
        let hours = self.in_range(0, 23)?;
        let minutes = match (self.eat(':'), self.rest.is_empty()) {
            (false, true) => 0,
            _ => self.in_range(0, 59)?,
        };
        Some(Some(sign * (hours * 60 + minutes)))
    }
}

/// The nanoseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000_000;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date, counted from March so that leap days end a year.
fn days_since_epoch((year, month, day): (i64, i64, i64)) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_numpy_reads_and_writes_as_python() {
        let cases = [
            ("2024-01-02", "2024-01-02"),
            ("5", "0005-01-01"),
            ("2024", "2024-01-01"),
            ("2024-05", "2024-05-01"),
            (" 2024-02-29", "2024-02-29"),
            ("+2024-01-02", "2024-01-02"),
            ("2024-01-02T03", "2024-01-02T03:00:00"),
            ("2024-01-02 03:04", "2024-01-02T03:04:00"),
            ("2024-01-02T03:04:05.5", "2024-01-02T03:04:05.500000"),
            ("2024-01-02T03:04:05.", "2024-01-02T03:04:05"),
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05"),
            ("2024-01-02T03:04:05+0200", "2024-01-02T01:04:05"),
            ("2024-01-01T01:04:05+02:00", "2023-12-31T23:04:05"),
            ("2024-01-02T03:04:05-02", "2024-01-02T05:04:05"),
            ("1600-02-29T00Z", "1600-02-29T00:00:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Moment::parse(text).map(Moment::isoformat).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_python_cannot_hold() {
        let cases = [
            "",
            "NaT",
            "abc",
            "true",
            "1.5",
            "now",
            "-5",
            "0",
            "10000-01-01",
            "20240102",
            "2024-1-2",
            "2024-13-01",
            "2024-02-30",
            "2024-01-02 ",
            "2024-01-02T",
            "2024-01-02Z",
            "2024/01/02",
            "2024-01-02T24:00",
            "2024-01-02T23:59:60",
            "2024-01-02T0304",
            "2024-01-02T03:04:05,5",
            "2024-01-02T03:04:05.1234567",
            "2024-01-02T03+2",
            "2024-01-02T03:04:05+02:",
            "2024-01-02T03:04:05+25:00",
            "1-01-01T00:00+05:00",
        ];
        for text in cases {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
