use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::buffer_to_svg;

#[test]
fn text_dots_blocks_and_reversed_runs() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
    buffer.set_string(0, 0, "a<b", Style::new());
    buffer.set_string(4, 0, "⠉█", Style::new());
    buffer.set_string(4, 1, "┌┘", Style::new());
    buffer.set_string(0, 1, "row", Style::new().add_modifier(Modifier::REVERSED));
    insta::assert_snapshot!(buffer_to_svg(&buffer));
}
