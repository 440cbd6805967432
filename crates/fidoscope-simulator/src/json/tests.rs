use super::{Object, uuid};

#[track_caller]
fn check(fill: impl FnOnce(&mut Object), expected: &str) {
    let mut object = Object::new();
    fill(&mut object);
    let text = String::from_utf8(object.finish()).unwrap();
    assert_eq!(text, expected);
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
}

#[test]
fn members_of_every_sort() {
    check(|_| {}, "{}");
    check(
        |object| {
            object
                .text("name", "a \"b\" \\ \u{7} ü")
                .number("count", -12)
                .thousandths("server_ms", 38_041)
                .boolean("up", true)
                .null("zone")
                .texts("transports", &["usb", "nfc"])
                .object("flags", |flags| {
                    flags.boolean("uv", false).number("bits", 0);
                })
                .objects("target", &[&|one| _ = one.text("id", "1"), &|_| {}]);
        },
        r#"{"name":"a \"b\" \\ \u0007 ü","count":-12,"server_ms":38.041,"up":true,"zone":null,"transports":["usb","nfc"],"flags":{"uv":false,"bits":0},"target":[{"id":"1"},{}]}"#,
    );
}

#[test]
fn instants_and_bytes() {
    check(
        |object| {
            _ = object
                .instant("ts", 1_763_650_805_007)
                .binary("id", &[0xfb, 0xff, 1, 2])
        },
        r#"{"ts":"2025-11-20T15:00:05.007Z","id":"-_8BAg"}"#,
    );
}

#[test]
fn uuids_have_their_dashes() {
    let bytes = [
        0xf1, 0xd0, 0x5c, 0x09, 0, 1, 0x40, 2, 0x80, 3, 4, 5, 6, 7, 8, 9,
    ];
    assert_eq!(uuid(&bytes), "f1d05c09-0001-4002-8003-040506070809");
}
