//! When things happen: days, hours and the traffic that they bring.

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::dice::Dice;

const HOUR_MS: i64 = 3_600_000;

/// How the traffic of a population lies over the hours of a working day.
const WORKDAY: [u64; 24] = [
    6, 4, 3, 3, 4, 9, 22, 48, 84, 92, 80, 70, 62, 72, 76, 70, 62, 54, 48, 46, 42, 34, 22, 12,
];

/// The same for Saturdays and Sundays.
const WEEKEND: [u64; 24] = [
    8, 5, 4, 3, 3, 5, 9, 15, 24, 34, 40, 42, 40, 38, 36, 36, 38, 40, 44, 46, 42, 34, 24, 14,
];

/// A span of whole hours with the traffic's weight of each.
pub(crate) struct Calendar {
    start_ms: i64,
    /// Weight of all hours before the one of this place; one entry more than hours.
    before: Vec<u64>,
}

impl Calendar {
    /// The days that end at `end`; no hour is quite like the same hour of another week.
    pub(crate) fn ending(end: DateTime<Utc>, days: u32, dice: &mut Dice) -> Self {
        let hours = i64::from(days) * 24;
        let start_ms = end.timestamp_millis() - hours * HOUR_MS;
        let mut before = vec![0];
        let mut total = 0;
        let mut mood = 1000;
        for hour in 0..hours {
            if hour % 24 == 0 {
                mood = u64::from(dice.between(920, 1080));
            }
            let whim = u64::from(dice.between(850, 1150));
            total += weight(start_ms + hour * HOUR_MS) * mood * whim / 10_000;
            before.push(total);
        }
        Self { start_ms, before }
    }

    /// The instant by which `done` of `all` has happened, in milliseconds of the epoch.
    pub(crate) fn instant(&self, done: u64, all: u64) -> i64 {
        let total = self.before.last().copied().unwrap_or_default();
        let reach = u128::from(total) * u128::from(done.min(all)) / u128::from(all.max(1));
        let reach = u64::try_from(reach).unwrap_or(u64::MAX);
        let hour = self
            .before
            .partition_point(|&weight| weight <= reach)
            .saturating_sub(1);
        let from = self.before.get(hour).copied().unwrap_or_default();
        let to = self.before.get(hour + 1).copied().unwrap_or(from);
        let part = (reach - from) * 3_600_000 / (to - from).max(1);
        let hours = i64::try_from(hour).unwrap_or_default();
        self.start_ms + hours * HOUR_MS + i64::try_from(part).unwrap_or_default()
    }
}

/// Whether people are at work then.
pub(crate) fn office_hours(at_ms: i64) -> bool {
    DateTime::from_timestamp_millis(at_ms)
        .is_some_and(|at| at.weekday().number_from_monday() < 6 && (7..18).contains(&at.hour()))
}

fn weight(at_ms: i64) -> u64 {
    let Some(at) = DateTime::from_timestamp_millis(at_ms) else {
        return 0;
    };
    let day = match at.weekday().number_from_monday() {
        6 | 7 => &WEEKEND,
        _ => &WORKDAY,
    };
    let hour = usize::try_from(at.hour()).unwrap_or_default();
    day.get(hour).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
