//! Origins that other relying parties took for one of theirs (N-11 to N-16).

use fidoscope_recording::{OriginMatching, Recording};
use fidoscope_verifier::{Context, verify};

use crate::fixture::{Assertion, Registration, client_data, compare};

/// Both ceremonies with this origin, where `https://example.org` is expected.
#[track_caller]
fn check(origin: &str, policy: impl Fn(&mut Recording) + Copy + 'static, accepted: bool) {
    let swap = |kind| {
        client_data(kind)
            .replace("https://example.org", origin)
            .into_bytes()
    };
    let mut registration = Registration::new();
    registration.client_data = swap("webauthn.create");
    registration.around(policy);
    let mut assertion = Assertion::new();
    assertion.client_data = swap("webauthn.get");
    assertion.around(policy);
    let (reg, auth) = match accepted {
        true => ("accept", "accept"),
        false => ("reg.origin", "auth.origin"),
    };
    compare(&registration.build(), reg, "");
    compare(&assertion.build(), auth, "");
}

fn exact(_: &mut Recording) {}

fn subdomains(recording: &mut Recording) {
    recording.policy.origin_matching = Some(OriginMatching::Subdomains);
}

#[test]
fn n11_a_suffix_counts_only_at_a_dot() {
    check("https://login.example.org", exact, false);
    check("https://login.example.org", subdomains, true);
    check("https://a.b.example.org", subdomains, true);
    for policy in [exact, subdomains] {
        check("https://evil-example.org", policy, false);
        check("https://evilexample.org", policy, false);
        check("https://.example.org", policy, false);
        check("https://a..example.org", policy, false);
        check("https://example.org.evil.test", policy, false);
        check("https://.org", policy, false);
        check("https://org", policy, false);
    }
}

#[test]
fn n12_scheme_and_port_are_part_of_the_origin() {
    for policy in [exact, subdomains] {
        check("http://example.org", policy, false);
        check("https://example.org:8443", policy, false);
        check("http://login.example.org", policy, false);
        check("https://login.example.org:8443", policy, false);
        check("wss://example.org", policy, false);
        check("example.org", policy, false);
        check("//example.org", policy, false);
        check("null", policy, false);
        check("", policy, false);
    }
    let port = |r: &mut Recording| {
        subdomains(r);
        r.rp.origins = vec!["https://example.org:8443".to_owned()];
    };
    check("https://login.example.org:8443", port, true);
    check("https://login.example.org", port, false);
}

#[test]
fn n13_what_looks_like_an_origin_is_no_pattern() {
    let pattern = |r: &mut Recording| r.rp.origins = vec!["https://*.example.org".to_owned()];
    check("https://login.example.org", pattern, false);
    let everything = |r: &mut Recording| r.rp.origins = vec![String::new()];
    check("https://example.org", everything, false);
    for policy in [exact, subdomains] {
        check("https://evil.test#.example.org", policy, false);
        check("https://evil.test/.example.org", policy, false);
        check("https://evil.test?.example.org", policy, false);
        check("https://evil.test\\\\.example.org", policy, false);
    }
}

#[track_caller]
fn top(from: &'static str, edit: impl FnOnce(&mut Recording) + 'static, l3: &str) {
    let mut registration = Registration::new();
    registration.client_data(r#""crossOrigin":false"#, from);
    registration.around(edit);
    compare(&registration.build(), l3, "accept");
}

#[test]
fn n14_a_top_origin_is_judged_whatever_cross_origin_says() {
    let framed = r#""crossOrigin":true,"topOrigin":"https://shop.example""#;
    let unframed = r#""crossOrigin":false,"topOrigin":"https://shop.example""#;
    let alone = r#""topOrigin":"https://shop.example""#;
    let listed = |r: &mut Recording| {
        r.rp.allow_cross_origin = true;
        r.rp.top_origins = vec!["https://shop.example".to_owned()];
    };
    let by_policy = |r: &mut Recording| {
        r.policy.cross_origin = Some(true);
        r.policy.top_origins = vec!["https://shop.example".to_owned()];
    };
    top(framed, listed, "accept");
    top(framed, by_policy, "accept");
    top(framed, |r| r.rp.allow_cross_origin = true, "reg.top-origin");
    top(framed, |_| {}, "reg.cross-origin");
    top(unframed, |_| {}, "reg.top-origin");
    top(alone, |_| {}, "reg.top-origin");
    for contradiction in [unframed, alone] {
        top(contradiction, listed, "accept");
        let mut registration = Registration::new();
        registration.client_data(r#""crossOrigin":false"#, contradiction);
        registration.around(listed);
        crate::fixture::compare_stricter(&registration.build(), "accept", "reg.top-origin");
    }
}

#[test]
fn n15_a_frame_of_another_origin_must_be_expected_at_sign_in_too() {
    let mut assertion = Assertion::new();
    assertion.client_data(r#""crossOrigin":false"#, r#""crossOrigin":true"#);
    compare(&assertion.build(), "auth.cross-origin", "accept");
    let mut assertion = Assertion::new();
    assertion.client_data(
        r#""crossOrigin":false"#,
        r#""crossOrigin":true,"topOrigin":"https://shop.example""#,
    );
    assertion.around(|r| {
        r.policy.cross_origin = Some(true);
        r.policy.top_origins = vec!["https://shop.example".to_owned()];
    });
    compare(&assertion.build(), "accept", "");
}

#[test]
fn n16_an_origin_is_compared_byte_by_byte() {
    for policy in [exact, subdomains] {
        check("https://user@example.org", policy, false);
        check("https://user@example.org/hello", policy, false);
        check("https://user@login.example.org", policy, false);
        check("https://example.org/", policy, false);
        check("https://login.example.org/", policy, false);
        check("https://Example.org", policy, false);
        check("https://LOGIN.example.org", policy, false);
        check("HTTPS://example.org", policy, false);
        check("https://example.org:443", policy, false);
        check("https://login.example.org:443", policy, false);
        check("https://example.org.", policy, false);
        check("https://ex\u{e4}mple.org", policy, false);
        check("https://l\u{f6}gin.example.org", policy, false);
        check(" https://example.org", policy, false);
    }
    let idn = |r: &mut Recording| r.rp.origins = vec!["https://xn--exmple-cua.org".to_owned()];
    check("https://ex\u{e4}mple.org", idn, false);
    check("https://xn--exmple-cua.org", idn, true);
}

#[test]
fn n16_an_app_is_its_key_hash_and_nothing_near_it() {
    const APP: &str = "android:apk-key-hash:aBcDeF0123456789-_aBcDeF0123456789-_aBcDeF0";
    let app = |r: &mut Recording| {
        subdomains(r);
        r.rp.origins.push(APP.to_owned());
    };
    check(APP, app, true);
    check(APP, exact, false);
    check(&APP.to_ascii_lowercase(), app, false);
    check(&format!("{APP}0"), app, false);
    check(&APP[..APP.len() - 1], app, false);
    check(
        &APP.replace("apk-key-hash", "apk-key-hash-sha256"),
        app,
        false,
    );
    let ios = |r: &mut Recording| {
        r.rp.origins
            .push("ios:bundle-id:org.example.app".to_owned())
    };
    check("ios:bundle-id:org.example.app", ios, true);
    check("ios:bundle-id:org.example.app2", ios, false);
    check("ios:bundle-id:evil.org.example.app", ios, false);
}

#[test]
fn related_origins_are_other_sites() {
    let related = |r: &mut Recording| {
        r.policy.related_origins = vec!["https://example.co.uk".to_owned()];
    };
    check("https://example.org", related, true);
    check("https://example.co.uk", related, true);
    check("https://login.example.co.uk", related, false);
    check("https://example.de", related, false);
}

/// N-07: an assertion made at a less trusted origin is replayed at another one of the list. A
/// recording that names the origin of its own ceremony catches it; with a list, the trace says how
/// long the list is.
#[test]
fn n07_the_origin_of_that_ceremony() {
    const LOW: &str = "https://forum.example.org";
    check(LOW, exact, false);
    let union = |r: &mut Recording| r.rp.origins.push(LOW.to_owned());
    check(LOW, union, true);
    let mut assertion = Assertion::new();
    assertion.client_data("https://example.org", LOW);
    assertion.around(union);
    let trace = verify(&assertion.build(), &Context::default());
    assert_eq!(
        trace.outcome("auth.origin").and_then(|step| step.found()),
        Some("https://forum.example.org, one of 2 expected")
    );
}
