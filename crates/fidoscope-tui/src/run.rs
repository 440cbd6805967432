//! The loop on a real terminal: one channel for keys, answers and time.

mod queue;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::crossterm::event::{self, Event};
use ratatui::layout::Rect;
use signal_hook::consts::TERM_SIGNALS;

use crate::{Effect, Msg, PanelData, PanelRequest, State, Theme, update, view};
use queue::Queue;

/// Answers one question of a panel; runs on a thread of its own.
pub type Load = Box<dyn FnMut(&PanelRequest) -> Result<PanelData, String> + Send>;

/// How often time goes on.
const TICK: Duration = Duration::from_secs(1);

/// How long the reader of keys waits before it looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(100);

/// What comes through the channel.
enum News {
    Happened(Msg),
    /// The system wants the program to end.
    Ended,
    /// The reader of keys or the engine's thread is gone.
    Broken(io::Error),
}

/// Shows the dashboard until the user leaves or a signal ends it. The terminal is as it was on
/// every way out, panics included. `now` is asked once a second.
///
/// # Errors
/// When the terminal fails or the engine's thread panics; what the engine refuses is shown in its
/// panel instead.
pub fn run(
    state: State,
    theme: &Theme,
    load: Load,
    now: &mut dyn FnMut() -> DateTime<Utc>,
) -> io::Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in TERM_SIGNALS {
        signal_hook::flag::register(*signal, Arc::clone(&ended))?;
    }
    let mut terminal = ratatui::try_init()?;
    let (sender, receiver) = mpsc::channel();
    let queue = Arc::new(Queue::default());
    let wanted = Arc::new(AtomicBool::new(true));
    // Not joined: a query may run on for long after the user has left.
    drop(thread::spawn({
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        move || serve(&queue, &sender, load)
    }));
    let keys = thread::spawn({
        let wanted = Arc::clone(&wanted);
        move || read_keys(&wanted, &ended, &sender)
    });
    let result = turn(&mut terminal, state, theme, &queue, &receiver, now);
    wanted.store(false, Ordering::Relaxed);
    queue.close();
    let read = keys.join();
    ratatui::try_restore()?;
    read.map_err(|_| io::Error::other("the reader of keys panicked"))?;
    result
}

fn turn<B: Backend>(
    terminal: &mut Terminal<B>,
    mut state: State,
    theme: &Theme,
    queue: &Queue,
    news: &Receiver<News>,
    now: &mut dyn FnMut() -> DateTime<Utc>,
) -> io::Result<()>
where
    B::Error: Send + Sync + 'static,
{
    let size = terminal.size().map_err(io::Error::other)?;
    update(&mut state, Msg::Resize(size.width, size.height));
    let mut msg = Msg::Tick(now());
    loop {
        for effect in update(&mut state, msg) {
            match effect {
                Effect::Load(request) => queue.push(request),
                Effect::Redraw => blank(terminal)?,
                Effect::Quit => return Ok(()),
            }
        }
        terminal
            .draw(|frame| view(&state, theme, frame.area(), frame.buffer_mut()))
            .map_err(io::Error::other)?;
        msg = match news.recv_timeout(TICK) {
            Ok(News::Happened(msg)) => msg,
            Ok(News::Ended) => return Ok(()),
            Ok(News::Broken(error)) => return Err(error),
            Err(RecvTimeoutError::Timeout) => Msg::Tick(now()),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
    }
}

/// Clears the screen, so that everything on it is drawn again. `Terminal::clear` would ask the terminal
/// where its cursor is, and the answer would come among the keys that another thread reads.
fn blank<B: Backend>(terminal: &mut Terminal<B>) -> io::Result<()>
where
    B::Error: Send + Sync + 'static,
{
    let size = terminal.size().map_err(io::Error::other)?;
    let area = Rect::new(0, 0, size.width, size.height);
    terminal.resize(area).map_err(io::Error::other)
}

/// Answers questions until the queue is closed.
fn serve(queue: &Queue, sender: &Sender<News>, mut load: Load) {
    while let Some(request) = queue.pop() {
        let result = catch_unwind(AssertUnwindSafe(|| load(&request)));
        let PanelRequest { id, number, .. } = request;
        let news = match result {
            Ok(result) => News::Happened(Msg::Loaded { id, number, result }),
            Err(_) => News::Broken(io::Error::other("the engine panicked")),
        };
        let over = matches!(news, News::Broken(_));
        if sender.send(news).is_err() || over {
            return;
        }
    }
}

fn read_keys(wanted: &AtomicBool, ended: &AtomicBool, sender: &Sender<News>) {
    while wanted.load(Ordering::Relaxed) {
        if ended.load(Ordering::Relaxed) {
            // Whether anybody still listens does not matter at the end.
            let _ = sender.send(News::Ended);
            return;
        }
        let read = event::poll(PATIENCE).and_then(|ready| ready.then(event::read).transpose());
        let news = match read {
            Ok(Some(Event::Key(key))) => News::Happened(Msg::Key(key)),
            Ok(Some(Event::Resize(columns, rows))) => News::Happened(Msg::Resize(columns, rows)),
            Ok(_) => continue,
            Err(error) => News::Broken(error),
        };
        let over = matches!(news, News::Broken(_));
        if sender.send(news).is_err() || over {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
