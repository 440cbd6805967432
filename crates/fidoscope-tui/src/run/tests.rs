use std::io;
use std::sync::mpsc;
use std::thread;

use chrono::DateTime;
use fidoscope_report::{Cell, Table};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{News, Queue, serve, turn};
use crate::{Dashboard, Msg, PanelData, PanelId, State, Theme};

const YAML: &str = "
name: mine
title: Mine
panels:
  - {title: Users, query: select 1, view: table, at: {column: 0, row: 0, width: 12, height: 1}}
";

fn state() -> State {
    State::new(
        "store".into(),
        vec![Dashboard::parse(YAML, "x.yaml", &[]).unwrap()],
        0,
    )
}

fn key(code: KeyCode) -> News {
    News::Happened(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn show(queue: &Queue, news: &mpsc::Receiver<News>) -> (io::Result<()>, String) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut now = || DateTime::UNIX_EPOCH;
    let result = turn(
        &mut terminal,
        state(),
        &Theme::mono(),
        queue,
        news,
        &mut now,
    );
    (result, terminal.backend().to_string())
}

#[test]
fn keys_are_answered_while_the_engine_works() {
    let (queue, (sender, receiver)) = (Queue::default(), mpsc::channel());
    let (release, released) = mpsc::channel::<()>();
    let (began, beginning) = mpsc::channel();
    thread::scope(|scope| {
        let (queue, answers) = (&queue, sender.clone());
        scope.spawn(move || {
            serve(
                queue,
                &answers,
                Box::new(move |_| {
                    began.send(()).unwrap();
                    released.recv().map_err(|error| error.to_string())?;
                    Err("too late".to_owned())
                }),
            );
        });
        scope.spawn(move || {
            beginning.recv().unwrap();
            for news in [
                key(KeyCode::Char('?')),
                key(KeyCode::Esc),
                key(KeyCode::Char('q')),
            ] {
                sender.send(news).unwrap();
            }
        });
        let (result, screen) = show(queue, &receiver);
        result.unwrap();
        assert!(screen.contains("loading"), "{screen}");
        queue.close();
        release.send(()).unwrap();
    });
}

#[test]
fn an_answer_is_drawn_and_a_signal_ends_the_page() {
    let (queue, (sender, receiver)) = (Queue::default(), mpsc::channel());
    let mut table = Table::with_columns(&["users"]);
    table.rows.push(vec![Cell::Integer(4711)]);
    let result = Ok(PanelData::Table(table));
    let id = PanelId { page: 0, panel: 0 };
    sender
        .send(News::Happened(Msg::Loaded {
            id,
            number: 1,
            result,
        }))
        .unwrap();
    sender.send(News::Ended).unwrap();
    let (result, screen) = show(&queue, &receiver);
    result.unwrap();
    assert!(screen.contains("4 711"), "{screen}");
    assert_eq!(queue.pop().map(|request| request.number), Some(1));
}

#[test]
fn a_panic_of_the_engine_ends_the_dashboard_with_an_error() {
    let (queue, (sender, receiver)) = (Queue::default(), mpsc::channel());
    thread::scope(|scope| {
        let queue = &queue;
        scope.spawn(move || serve(queue, &sender, Box::new(|_| panic!("a bug"))));
        let (result, _) = show(queue, &receiver);
        assert_eq!(result.unwrap_err().to_string(), "the engine panicked");
    });
}
