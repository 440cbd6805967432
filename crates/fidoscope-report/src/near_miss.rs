//! The name that was probably meant.

/// The candidate with the smallest edit distance, when that is small for the length of the name.
#[must_use]
pub fn near_miss<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(64).collect();
    let limit = (wanted.len() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits that turn one into the other: a character more, less or other, or two neighbours swapped.
fn distance(wanted: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_lowercase().chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=wanted.len()).collect()];
    for (i, char) in candidate.iter().enumerate() {
        let cell = |row: usize, column: usize| {
            rows.get(row)
                .and_then(|row| row.get(column))
                .copied()
                .unwrap_or(usize::MAX / 2)
        };
        let mut next = vec![i + 1];
        for (j, other) in wanted.iter().enumerate() {
            let left = next.last().copied().unwrap_or_default();
            let mut best = (cell(i, j) + usize::from(char != other))
                .min(cell(i, j + 1) + 1)
                .min(left + 1);
            let swapped = i > 0
                && j > 0
                && candidate.get(i - 1) == Some(other)
                && wanted.get(j - 1) == Some(char);
            if swapped {
                best = best.min(cell(i - 1, j - 1) + 1);
            }
            next.push(best);
        }
        rows.push(next);
    }
    rows.last()
        .and_then(|row| row.last())
        .copied()
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let known = ["okta", "keycloak", "sign_count", "challenge"];
        assert_eq!(near_miss(name, known), expected, "{name}");
    }

    #[test]
    fn a_slip_of_the_finger_is_told_from_another_word() {
        check("okat", Some("okta"));
        check("Keyclok", Some("keycloak"));
        check("signcount", Some("sign_count"));
        check("chalenges", Some("challenge"));
        check("splunk", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
