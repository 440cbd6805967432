//! The name that was probably meant.

/// Letters of a name that count; a longer one is no name that somebody mistyped.
const LETTERS: usize = 64;

/// The candidate with the smallest edit distance, when that is small for the length of the name. An edit is a
/// character more, less or other, or two neighbours swapped.
#[must_use]
pub fn near_miss<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: String = name.to_lowercase().chars().take(LETTERS).collect();
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    let measured = candidates.into_iter().map(|candidate| {
        let distance = strsim::osa_distance(&candidate.to_lowercase(), &wanted);
        (distance, candidate)
    });
    let near = measured.filter(|(distance, _)| *distance <= limit).min();
    near.map(|(_, candidate)| candidate)
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
