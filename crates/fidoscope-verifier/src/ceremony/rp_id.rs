//! The RP ID that a ceremony is judged by.

use fidoscope_recording::Recording;

/// The RP ID of a recording: given, in the options, or the first origin's host.
pub(crate) fn rp_id(recording: &Recording) -> Option<&str> {
    let options = &recording.options;
    let in_options = options.rp.as_ref().and_then(|rp| rp.id.as_deref());
    let host = || recording.rp.origins.first().and_then(|origin| host(origin));
    recording
        .rp
        .id
        .as_deref()
        .or(in_options)
        .or(options.rp_id.as_deref())
        .or_else(host)
}

fn host(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    rest.split([':', '/']).next()
}
