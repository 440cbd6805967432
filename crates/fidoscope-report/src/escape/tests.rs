use super::{escape, escape_json};

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(escape(input), expected);
}

#[test]
fn ordinary_text_is_untouched() {
    check(
        "Mozilla/5.0 (X11; Linux) – Zürich 東京",
        "Mozilla/5.0 (X11; Linux) – Zürich 東京",
    );
}

#[test]
fn terminal_commands_are_spelled_out() {
    check("\u{1b}[2Jcurl\u{7}", "\\u{1b}[2Jcurl\\u{7}");
    check("\u{9b}31m", "\\u{9b}31m");
    check("a\r\nb\tc\u{7f}", "a\\r\\nb\\tc\\u{7f}");
}

#[test]
fn reading_direction_cannot_be_turned() {
    check("user\u{202e}nimda", "user\\u{202e}nimda");
    check("\u{2066}x\u{2069}\u{200b}", "\\u{2066}x\\u{2069}\\u{200b}");
}

#[test]
fn json_keeps_its_value() {
    let text = "a\u{9b}b\u{e0001}c\u{7f}";
    let json = escape_json(serde_json::to_string(text).unwrap());
    assert_eq!(json, r#""a\u009bb\udb40\udc01c\u007f""#);
    assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
}
