//! The thread `room canvas`: draws the [`Board`] at the room's frame rate while anybody watches.

use super::canvas::{Board, LineId, Tile};
use super::layout::Canvas;
use super::worker;
use ahoy_media::Picture;
use ahoy_media::slot::{SlotReader, SlotWriter, slot};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Orders that may wait for a picture; more means that the thread is stuck.
const ORDERS: usize = 512;
/// A picture in which nothing moves is given out this often all the same, so that nobody takes it for a lost path.
const STILL: Duration = Duration::from_millis(500);

enum Order {
    Add(LineId, SlotReader<Picture>),
    Remove(LineId),
    Arrange(Vec<Tile>),
    Watched(bool),
    /// The next picture is given out even if nothing has changed.
    Refresh,
}

/// The room's end of the thread, which stops when this is dropped.
pub struct CanvasThread {
    orders: SyncSender<Order>,
    pictures: SlotReader<Picture>,
}

impl CanvasThread {
    pub fn start(canvas: Canvas, fps: u32, ended: impl FnOnce() + Send + 'static) -> Self {
        let (orders, waiting) = sync_channel(ORDERS);
        let (writer, pictures) = slot();
        let period = Duration::from_secs(1) / fps.clamp(1, 60);
        worker::spawn("room canvas", move || run(&waiting, &writer, Board::new(canvas), period), ended);
        Self { orders, pictures }
    }

    /// The room's picture for one more encoder.
    pub fn pictures(&self) -> SlotReader<Picture> {
        self.pictures.clone()
    }

    /// These say false when the thread has ended or is stuck.
    pub fn add(&self, line: LineId, pictures: SlotReader<Picture>) -> bool {
        self.orders.try_send(Order::Add(line, pictures)).is_ok()
    }

    pub fn remove(&self, line: LineId) -> bool {
        self.orders.try_send(Order::Remove(line)).is_ok()
    }

    pub fn arrange(&self, tiles: Vec<Tile>) -> bool {
        self.orders.try_send(Order::Arrange(tiles)).is_ok()
    }

    /// Whether anybody wants pictures.
    pub fn set_watched(&self, watched: bool) -> bool {
        self.orders.try_send(Order::Watched(watched)).is_ok()
    }

    /// A refresh that does not fit is no loss: another one waits there already.
    pub fn refresh(&self) {
        let _ = self.orders.try_send(Order::Refresh);
    }
}

struct Painter<'a> {
    board: Board,
    out: &'a SlotWriter<Picture>,
    watched: bool,
    refresh: bool,
    given: Option<Instant>,
}

fn run(orders: &Receiver<Order>, out: &SlotWriter<Picture>, board: Board, period: Duration) {
    let mut painter = Painter { board, out, watched: false, refresh: false, given: None };
    let mut next = Instant::now();
    loop {
        if !painter.watched {
            let Ok(order) = orders.recv() else { return };
            painter.take(order);
            next = Instant::now();
            continue;
        }
        match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(order) => painter.take(order),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                // All that waits belongs into this picture.
                loop {
                    match orders.try_recv() {
                        Ok(order) => painter.take(order),
                        Err(TryRecvError::Empty) => break,
                        Err(TryRecvError::Disconnected) => return,
                    }
                }
                let now = Instant::now();
                painter.paint(now);
                next += period;
                if next < now {
                    // The machine is behind: pictures are left out, not made up for.
                    next = now + period;
                }
            }
        }
    }
}

impl Painter<'_> {
    fn take(&mut self, order: Order) {
        match order {
            Order::Add(line, pictures) => self.board.add(line, pictures),
            Order::Remove(line) => self.board.remove(line),
            Order::Arrange(tiles) => self.board.arrange(tiles),
            Order::Watched(watched) => {
                self.watched = watched;
                self.refresh |= watched;
            }
            Order::Refresh => self.refresh = true,
        }
    }

    fn paint(&mut self, now: Instant) {
        let overdue = self.given.is_none_or(|given| now.saturating_duration_since(given) >= STILL);
        if let Some(picture) = self.board.draw(now, self.refresh || overdue) {
            self.refresh = false;
            self.given = Some(now);
            self.out.put(picture);
        }
    }
}
