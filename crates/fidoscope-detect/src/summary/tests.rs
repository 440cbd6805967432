use super::*;

#[track_caller]
fn check(template: &str, expected: &str) {
    let text = |text: &str| Cell::Text(text.to_owned());
    let facts = BTreeMap::from([
        (
            "credential_id".to_owned(),
            text("-vLpy5zIOPUXvJ6gUxb1EVtCSuBt8uNnZdXGCxgC-8I"),
        ),
        (
            "challenge_hash".to_owned(),
            text("3f2a6b7c8d9e0f1a2b3c4d5e6f708191"),
        ),
        (
            "aaguid".to_owned(),
            text("2fc0579f-8113-47ea-b116-bb5a8db9202a"),
        ),
        ("origin".to_owned(), text("https://login.example.org")),
        ("os".to_owned(), text("Windows")),
        ("sign_count".to_owned(), Cell::Integer(12)),
        ("be".to_owned(), Cell::Bool(false)),
        ("asn".to_owned(), Cell::Null),
    ]);
    assert_eq!(Summary::parse(template).unwrap().render(&facts), expected);
}

#[test]
fn columns_in_braces_become_facts() {
    check(
        "counter of {credential_id} fell to {sign_count}",
        "counter of -vLp…C-8I fell to 12",
    );
    check("{challenge_hash}", "3f2a…8191");
    check("{ os } on {origin}", "Windows on https://login.example.org");
    check("{aaguid}", "2fc0579f-8113-47ea-b116-bb5a8db9202a");
    check(
        "be {be}, asn {asn}, uv {uv}",
        "be false, asn unknown, uv unknown",
    );
    check("nothing to fill in", "nothing to fill in");
}

#[test]
fn braces_and_columns_are_checked() {
    let unknown = TemplateError::Unknown(5, "sign_cout".to_owned());
    assert_eq!(Summary::parse("from {sign_cout}"), Err(unknown));
    assert_eq!(Summary::parse("a } b"), Err(TemplateError::Unbalanced(2)));
    assert_eq!(Summary::parse("{os"), Err(TemplateError::Unbalanced(0)));
}
