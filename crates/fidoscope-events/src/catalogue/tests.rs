use super::*;

#[test]
fn every_builtin_mapping_is_without_problems() {
    for (name, yaml) in BUILTIN {
        let mapping = Mapping::parse(yaml, name).unwrap_or_else(|problems| {
            let lines: Vec<_> = problems
                .iter()
                .map(|p| {
                    format!(
                        "{}:{:?}:{:?} {} {:?}",
                        name, p.at.line, p.at.column, p.message, p.help
                    )
                })
                .collect();
            panic!("{}", lines.join("\n"));
        });
        assert_eq!(format!("{}.yaml", mapping.source()), *name);
    }
    assert_eq!(Catalogue::builtin().iter().count(), BUILTIN.len());
}
