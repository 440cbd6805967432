use crate::{Codes, Kind};

const KIND: Kind = Kind {
    name: "fleet",
    id: "name",
    codes: Codes {
        not_yaml: "X-1",
        unknown_key: "X-2",
        unknown_word: "X-3",
        missing_key: "X-4",
        wrong_shape: "X-5",
        twice_a_key: "X-6",
        twice: "X-7",
    },
};

#[track_caller]
fn check(bytes: &[u8], expected: Result<&str, (Option<u64>, Option<u64>, &str)>) {
    let read = super::text(&KIND, "mine.yaml", bytes.to_vec());
    let told = read.as_ref().map(String::as_str).map_err(|told| {
        assert_eq!(
            (told.code, told.at.file.as_deref()),
            ("X-1", Some("mine.yaml"))
        );
        (told.at.line, told.at.column, told.message.as_str())
    });
    assert_eq!(told, expected);
}

#[test]
fn a_file_is_utf_8_with_or_without_a_mark() {
    check(b"a: 1", Ok("a: 1"));
    check(b"\xef\xbb\xbfa: 1", Ok("a: 1"));
    check(b"", Ok(""));
    check(
        b"a: 1\nb: \xc3\xa9\xff",
        Err((Some(2), Some(5), "not UTF-8 from byte 10")),
    );
    check(
        b"\xff\xfea\x00:\x00",
        Err((Some(1), Some(1), "not UTF-8 from byte 0")),
    );
    check(
        &vec![b'a'; (1 << 20) + 1],
        Err((None, None, "a fleet of more than 1024 KiB is not read")),
    );
}
