use proptest::prelude::*;

use super::*;

/// The tree in a short form, with the place of each node.
fn drawn(node: &Node, source: &str) -> String {
    let place = format!("{}:{}", node.mark.line, node.mark.column);
    match &node.tree {
        Tree::List(items) => {
            let items: Vec<_> = items.iter().map(|item| drawn(item, source)).collect();
            format!("[{}]@{place}", items.join(" "))
        }
        Tree::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}={}", key.text, drawn(value, source)));
            format!("{{{}}}@{place}", entries.collect::<Vec<_>>().join(" "))
        }
        _ => format!(
            "{}:{}@{place}",
            node.shape(),
            node.written(source).unwrap_or("-")
        ),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(drawn(&parse(text).unwrap(), text), expected, "{text}");
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let refused = parse(text).unwrap_err().to_string();
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn scalars_stay_as_they_were_written() {
    check(
        "a: 1.10\nb: yes\nc: true\nd: 007\ne: 'x: y'\nf: ~",
        "{a=a number:1.10@1:4 b=text:yes@2:4 c=a truth value:true@3:4 d=text:007@4:4 e=text:x: y@5:4 \
         f=nothing:-@6:4}@1:1",
    );
    check("[é, ü, 1_0]", "[text:é@1:2 text:ü@1:5 text:1_0@1:8]@1:1");
}

#[test]
fn lines_may_end_as_on_windows() {
    check(
        "a: 1\r\nb:\r\n  - x\r\n",
        "{a=a number:1@1:4 b=[text:x@3:5]@3:3}@1:1",
    );
}

#[test]
fn an_alias_is_what_its_anchor_is() {
    check(
        "a: &n 1.50\nb: *n\nc: &m {x: 1}\nd: *m",
        "{a=a number:1.50@1:7 b=a number:1.50@2:4 c={x=a number:1@3:11}@3:7 d={x=a number:1@4:4}@4:4}@1:1",
    );
    check(
        "a: &m {x: 1}\nb: {<<: *m, y: 2}",
        "{a={x=a number:1@1:11}@1:7 b={y=a number:2@2:16 x=a number:1@2:9}@2:4}@1:1",
    );
    check_refused("a: *nowhere", "unknown anchor");
}

#[test]
fn what_grows_without_end_is_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..9 {
        let items = vec![format!("*a{}", at - 1); 10].join(", ");
        bomb.push_str(&format!("a{at}: &a{at} [{items}]\n"));
    }

    check_refused(&bomb, "limit");
    check_refused(&format!("{}x{}", "[".repeat(5_000), "]".repeat(5_000)), "");

    check_refused(&"- x\n".repeat(30_000), "");
    check(&format!("{}x{}", "[".repeat(31), "]".repeat(31)), &{
        let open: String = "[".repeat(31);
        let close: String = (1..=31)
            .rev()
            .map(|column| format!("]@1:{column}"))
            .collect();
        format!("{open}text:x@1:32{close}")
    });
    check_refused("a: 1\nb: 2\na: 3", "duplicate");
    check_refused("a: 1\n---\nb: 2\n", "multiple");
}

proptest! {
    #[test]
    fn no_text_panics(text in r"[ \n:&*<{}\[\]|>'!#%@,a-c0-9.~-]{0,80}|\PC{0,60}") {
        if let Ok(root) = parse(&text) {
            drawn(&root, &text);
        }
    }
}
