//! The dashboards on invented data: `cargo run -p fidoscope-tui --example demo [-- WIDTHxHEIGHT]`.
//!
//! With a size it writes the page as SVG to standard output instead of taking the terminal over.

mod sample;

use std::error::Error;
use std::io::{self, Write};

use chrono::TimeDelta;
use fidoscope_tui::{
    Dashboard, PanelData, PanelRequest, Source, State, Theme, buffer_to_svg, run, settle, view,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn main() -> Result<(), Box<dyn Error>> {
    let parse = |(name, text)| Dashboard::parse(text, name, &[]).map_err(|p| format!("{p:?}"));
    let dashboards = Dashboard::BUILTIN
        .into_iter()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    let mut state = State::new("invented data".into(), dashboards, 0);
    let size = std::env::args().nth(1);
    if let Some((width, height)) = size.as_deref().and_then(|size| size.split_once('x')) {
        let area = Rect::new(0, 0, width.parse()?, height.parse()?);
        settle(&mut state, sample::now(), &mut load);
        let mut buffer = Buffer::empty(area);
        view(&state, &Theme::colored(), area, &mut buffer);
        io::stdout().write_all(buffer_to_svg(&buffer).as_bytes())?;
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
        Source::Named(name) if name == "findings" => Ok(PanelData::Findings(sample::findings())),
        Source::Named(name) => sample::panel(name)
            .map(PanelData::Table)
            .ok_or_else(|| format!("no panel {name}")),
        Source::Query(_) => Err("the demonstration has no tables to query".to_owned()),
    }
}
