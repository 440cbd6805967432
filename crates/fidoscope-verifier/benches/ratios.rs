//! How much of a judgement is the verification of signatures. Ours and theirs take turns in one
//! process, some at a time, and the fastest turns are compared: a machine that is busy or changes
//! its clock disturbs both alike. `cargo bench -p fidoscope-verifier --bench ratios -- 4000` takes
//! as many turns.

#![expect(clippy::print_stdout, reason = "the numbers are what this is for")]

use std::hint::black_box;
use std::time::Instant;

use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Verdict, verify};

use self::assertion::Assertion;
use self::registration::Registration;

#[path = "cases/assertion.rs"]
mod assertion;
#[path = "cases/registration.rs"]
mod registration;

const CALLS_A_TURN: u32 = 20;
const TURNS: usize = 1500;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let turns = numbers.next().unwrap_or(TURNS);
    let case = Assertion::new();
    let [raw, recording, json, fail_fast] = fastest(
        turns,
        [
            &|| case.verify_signature(),
            &|| judge(black_box(&case.recording)),
            &|| judge(&Recording::from_json(black_box(&case.json)).expect("a recording")),
            &|| case.fail_fast(),
        ],
    );
    let more = 100.0 * (recording / fail_fast - 1.0);
    println!("es256-assertion");
    println!("  raw verification       {raw:7.2} us");
    println!(
        "  recording to trace     {recording:7.2} us  {:.3} of raw",
        raw / recording
    );
    println!(
        "  JSON to trace          {json:7.2} us  {:.3} of raw",
        raw / json
    );
    println!("  fail-fast, no trace    {fail_fast:7.2} us  the trace costs {more:.1} % more");
    for case in [Registration::packed(), Registration::tpm()] {
        let [raw, recording] = fastest(
            turns,
            [&|| case.verify_signatures(), &|| {
                judge(black_box(&case.recording))
            }],
        );
        println!("{}", case.name);
        println!("  two raw verifications  {raw:7.2} us");
        println!(
            "  recording to trace     {recording:7.2} us  {:.3} of raw",
            raw / recording
        );
    }
}

fn judge(recording: &Recording) {
    let trace = verify(recording, &Context::default());
    assert_eq!(trace.verdict, Verdict::Accept);
    black_box(&trace);
}

/// The microseconds of a call in the fastest of its turns.
fn fastest<const N: usize>(turns: usize, calls: [&dyn Fn(); N]) -> [f64; N] {
    let mut fastest = [f64::INFINITY; N];
    for _ in 0..turns {
        for (call, fastest) in calls.iter().zip(&mut fastest) {
            let start = Instant::now();
            for _ in 0..CALLS_A_TURN {
                call();
            }
            let each = start.elapsed().as_secs_f64() / f64::from(CALLS_A_TURN);
            *fastest = fastest.min(1e6 * each);
        }
    }
    fastest
}
