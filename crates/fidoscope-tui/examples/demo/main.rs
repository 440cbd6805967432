//! The dashboards on invented data: `cargo run -p fidoscope-tui --example demo [-- WIDTHxHEIGHT]`.
//!
//! With a size it writes the page as SVG to standard output instead of taking the terminal over.

mod sample;

use std::error::Error;
use std::io::{self, Write};

use chrono::TimeDelta;
use fidoscope_tui::{
    Dashboard, PanelData, PanelRequest, Source, State, Theme, run, settle, svg_once,
};

fn main() -> Result<(), Box<dyn Error>> {
    let parse = |(name, text)| Dashboard::parse(text, name, &[]).map_err(|p| format!("{p:?}"));
    let dashboards = Dashboard::BUILTIN
        .into_iter()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    let mut state = State::new("invented data".into(), dashboards, 0);
    let size = std::env::args().nth(1);
    if let Some((width, height)) = size.as_deref().and_then(|size| size.split_once('x')) {
        settle(&mut state, sample::now(), &mut load);
        let picture = svg_once(&state, &Theme::colored(), width.parse()?, height.parse()?);
        io::stdout().write_all(picture.as_bytes())?;
        return Ok(());
    }
    let mut now = sample::now();
    let mut tick = || {
        now += TimeDelta::seconds(1);
        now
    };
    run(state, &Theme::colored(), Box::new(load), &mut tick)?;
    Ok(())
}

fn load(request: &PanelRequest) -> Result<PanelData, String> {
    match &request.source {
        Source::Named(name) if name == "slis" => Ok(PanelData::Slis(sample::slis())),
        Source::Named(name) if name == "findings" => {
            Ok(PanelData::Findings(sample::findings(), sample::unseen()))
        }
        Source::Named(name) => sample::panel(name)
            .map(PanelData::Table)
            .ok_or_else(|| format!("no panel {name}")),
        Source::Query(_) => Err("the demonstration has no tables to query".to_owned()),
    }
}
