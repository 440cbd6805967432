//! The published JSON Schema is the one that the table of columns makes.

use fidoscope_events::schema_text;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fidoscope/assets/event.schema.json"
);

#[test]
fn the_published_schema_is_current() {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(FILE, schema_text()).unwrap();
    }
    let published = std::fs::read_to_string(FILE).unwrap();
    assert!(
        published == schema_text(),
        "run this test with UPDATE_SCHEMA=1 and commit the file"
    );
}
