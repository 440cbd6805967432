use super::*;

/// Whether the condition holds when exactly the named selections do.
#[track_caller]
fn check(condition: &str, holding: &str, expected: bool) {
    let detection = format!(
        "up: {{up: true}}\nuv: {{uv: true}}\nf_be: {{be: true}}\nf_bs: {{bs: true}}\n\
         _x: {{is_proxy: true}}\ncondition: {condition}"
    );
    let yaml = rule(&detection);
    let cells: Vec<(&str, Value)> = ["up", "uv", "be", "bs", "is_proxy"]
        .into_iter()
        .map(|column| {
            (
                column,
                Value::Bool(holding.split(' ').any(|name| name == column)),
            )
        })
        .collect();
    let rule = Rule::parse(&yaml, "rule.yml").unwrap_or_else(|problems| panic!("{problems:#?}"));
    let found = rule.condition().matches(&row(&cells));
    assert_eq!(found, Some(expected), "{condition} with {holding}");
}

#[test]
fn not_binds_before_and_before_or() {
    let rest = "and 1 of *";
    check(&format!("up or uv {rest}"), "up", true);
    check(&format!("(up or uv) and f_be {rest}"), "up", false);
    check(&format!("up or uv and f_be {rest}"), "up", true);
    check(&format!("not up and uv {rest}"), "uv", true);
    check(&format!("not (up and uv) {rest}"), "up uv", false);
    check(&format!("not not up {rest}"), "up", true);
    check(&format!("NOT up AND uv {rest}"), "uv", true);
}

#[test]
fn of_counts_selections_by_name() {
    check("1 of f_* and 1 of u*", "be up", true);
    check("1 of f_* and 1 of u*", "up", false);
    check("all of f_* and 1 of u*", "be up", false);
    check("all of f_* and 1 of u*", "be bs uv", true);
    check("any of f_* or any of u*", "uv", true);
    check("1 of them", "bs", true);
    check("all of them", "up uv be bs", true);
    check("all of them", "up uv be", false);
}

#[test]
fn them_leaves_out_names_that_begin_with_an_underscore() {
    check("1 of them", "is_proxy", false);
    check("1 of them and not _x", "up is_proxy", false);
}
