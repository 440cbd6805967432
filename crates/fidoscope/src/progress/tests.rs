use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use indicatif::{ProgressDrawTarget, TermLike};

use super::Phases;

/// A terminal that hands on what is written to it.
#[derive(Debug)]
struct Screen(Mutex<Sender<String>>);

impl Screen {
    fn tell(&self, text: &str) -> io::Result<()> {
        let sender = self.0.lock().unwrap();
        sender.send(text.to_owned()).map_err(io::Error::other)
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        60
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        self.tell(text)
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.tell(text)
    }
    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn begin(patience: Duration) -> (Phases, Receiver<String>) {
    let (sender, receiver) = mpsc::channel();
    let target = || ProgressDrawTarget::term_like(Box::new(Screen(Mutex::new(sender))));
    (
        Phases::shown("counting minutes", patience, target),
        receiver,
    )
}

#[test]
fn long_work_shows_each_phase() {
    let (phases, screen) = begin(Duration::ZERO);
    let wait = |word: &str| {
        let mut lines = std::iter::from_fn(|| screen.recv_timeout(Duration::from_secs(60)).ok());
        let line = lines.find(|line| line.contains(word)).unwrap();
        assert!(!line.contains('\u{1b}'), "{line:?}");
    };
    wait("counting minutes");
    phases.next("measuring \u{1b}[2J");
    wait("measuring \\u{1b}[2J");
}

#[test]
fn short_work_shows_nothing() {
    let (phases, screen) = begin(Duration::from_secs(3600));
    phases.next("measuring");
    drop(phases);
    assert_eq!(screen.iter().collect::<Vec<_>>(), Vec::<String>::new());
}
