//! Logs in any order, in any pieces: what is stored says what the events say.

use proptest::prelude::*;

use super::*;

/// A line of somebody's day: few ceremonies, so that lines belong together, and few values.
fn line() -> impl Strategy<Value = Line> {
    let kind = prop::sample::select(vec![
        ("authentication.started", "challenge"),
        ("authentication.started", "challenge"),
        ("authentication.completed", "success"),
        ("authentication.failed", "failure"),
        ("registration.started", "challenge"),
        ("registration.completed", "success"),
        ("registration.failed", "failure"),
        ("ceremony.abandoned", "abandoned"),
        ("attestation.rejected", "failure"),
        ("recovery.requested", "success"),
    ]);
    let seconds = prop_oneof![0..4 * 3600_i64, 1700..1900_i64];
    let members = (0..25_u32, 0..4_u32, 0..3_u32, any::<bool>(), 1..2000_u32);
    (seconds, kind, members).prop_map(|(at, (kind, outcome), members)| {
        let (ceremony, os, rp, conditional, latency) = members;
        let mut line = format!(r#""kind":"{kind}","outcome":"{outcome}""#);
        if ceremony < 20 {
            line += &format!(r#","ceremony_id":"c{ceremony}""#);
        }
        if os < 3 {
            line += &format!(r#","os":"os{os}""#);
        }
        if rp < 2 {
            line += &format!(r#","rp_id":"rp{rp}.example""#);
        }
        if conditional && latency % 5 == 0 {
            line += r#","conditional_ui":true"#;
        }
        if latency % 3 > 0 {
            line += &format!(r#","server_ms":{latency}.5,"ceremony_ms":{}"#, latency * 7);
        }
        if latency % 7 == 0 {
            line += r#","ceremony_timeout_ms":60000"#;
        }
        (at, line)
    })
}

/// What happens to a store between its logs.
#[derive(Clone, Copy, Debug)]
enum Step {
    Nothing,
    Update(i64),
    Optimize,
    Vacuum,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Nothing),
        (0..30_i64).prop_map(Step::Update),
        Just(Step::Update(48)),
        Just(Step::Optimize),
        Just(Step::Vacuum),
    ]
}

fn at(hours: i64) -> DateTime<Utc> {
    noon(1) + TimeDelta::hours(hours)
}

fn take(store: &Store, step: Step) {
    match step {
        Step::Nothing => {}
        Step::Update(hours) => {
            store.update_minutes(at(hours)).unwrap();
        }
        Step::Optimize => {
            let options = crate::CredentialOptions::new(noon(22), 1);
            crate::Credentials::of(store).update(&options).unwrap();
            store.optimize(noon(22), 2).unwrap();
        }
        Step::Vacuum => {
            let options = crate::VacuumOptions {
                now: noon(22) + TimeDelta::days(36_500),
                older_than: TimeDelta::days(7),
                dry_run: false,
            };
            store.vacuum(&options).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    /// However a log was cut into pieces, whatever came twice or late, and whatever was done
    /// meanwhile: what was stored says what the events say.
    #[test]
    fn stored_minutes_say_what_the_events_say(
        lines in prop::collection::vec(line(), 10..120),
        pieces in prop::collection::vec((0..5_usize, step()), 3..6),
        spans in prop::collection::vec((0..15_000_i64, 1..20_000_i64), 1..3),
    ) {
        let (_folder, plain) = empty();
        ingest(&plain, "whole.ndjson", &lines);
        let (_other, store) = empty();
        for (number, (piece, step)) in pieces.iter().enumerate() {
            // Each piece has every so many lines, from the end to the beginning, and some that
            // another piece has as well.
            let part = lines.iter().enumerate().rev().filter(|(place, _)| {
                place % pieces.len() == number || place % 5 == *piece && place % 3 == 0
            });
            let part: Vec<Line> = part.map(|(_, line)| line.clone()).collect();
            ingest(&store, &format!("{number}.ndjson"), &part);
            take(&store, *step);
        }
        let spans: Vec<_> = spans.iter().map(|(since, length)| span(*since, since + length)).collect();
        let agree = |store: &Store| {
            for (span, by) in spans.iter().flat_map(|span| [(span, None), (span, Some("os"))]) {
                let expected = slis(&plain, *span, by);
                prop_assert_eq!(&slis(store, *span, by), &expected, "by {:?}", by);
            }
            Ok(())
        };
        agree(&store)?;
        store.update_minutes(noon(3)).unwrap();
        let whole = span(0, 86_400);
        let again = Store::open(store.path()).unwrap();
        agree(&again)?;
        let by = Some("rp_id");
        prop_assert_eq!(slis(&again, whole, by), slis(&plain, whole, by));
        // Minutes and half hours, and how many were restated.
        prop_assert_eq!(again.differing_minutes().unwrap(), Vec::<String>::new());
        let sql = "SELECT count(DISTINCT ts) FROM minutes WHERE restated > 0 \
                   AND NOT coalesce(dimension LIKE 'half_hour%', false)";
        let restated = again.measure(whole, None, &Catalogue::builtin()).unwrap().restated_minutes;
        prop_assert_eq!(ask(&again, sql), [[whole_of(restated)]]);
    }
}
