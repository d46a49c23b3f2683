//! The thread `room sound`: ticks the [`Desk`] every 20 ms while anybody is there.

use super::canvas::LineId;
use super::desk::{Desk, Mixing, Plug};
use super::worker;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_millis(20);
/// Orders that may wait for a tick. A room has far fewer members; if they do not fit, the thread is stuck.
const ORDERS: usize = 512;
/// Ticks that are made up for after a stall of the machine; older ones are left out.
const CATCH_UP: u32 = 5;

enum Order {
    Plug(LineId, Box<Plug>),
    Set(LineId, Mixing),
    Unplug(LineId),
}

/// The room's end of the thread, which stops when this is dropped.
pub struct SoundThread {
    orders: SyncSender<Order>,
}

impl SoundThread {
    /// `talks` is told who began or ceased to speak and says whether it took note; `ended`: the thread is gone.
    pub fn start(
        talks: impl FnMut(LineId, bool) -> bool + Send + 'static,
        ended: impl FnOnce() + Send + 'static,
    ) -> Self {
        let (orders, waiting) = sync_channel(ORDERS);
        worker::spawn("room sound", move || run(&waiting, talks), ended);
        Self { orders }
    }

    /// These three say false when the thread has ended or is stuck.
    pub fn plug(&self, line: LineId, plug: Plug) -> bool {
        self.orders.try_send(Order::Plug(line, Box::new(plug))).is_ok()
    }

    pub fn set(&self, line: LineId, mixing: Mixing) -> bool {
        self.orders.try_send(Order::Set(line, mixing)).is_ok()
    }

    pub fn unplug(&self, line: LineId) -> bool {
        self.orders.try_send(Order::Unplug(line)).is_ok()
    }
}

fn run(orders: &Receiver<Order>, mut talks: impl FnMut(LineId, bool) -> bool) {
    let mut desk = Desk::default();
    loop {
        // Nobody is there: nothing to do until somebody is.
        let Ok(first) = orders.recv() else { return };
        take(&mut desk, first);
        let mut next = Instant::now();
        while !desk.is_empty() {
            match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(order) => {
                    take(&mut desk, order);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            desk.tick(Instant::now(), &mut talks);
            next += PERIOD;
            let late = Instant::now().saturating_duration_since(next);
            if late > PERIOD * CATCH_UP {
                next = Instant::now();
            }
        }
    }
}

fn take(desk: &mut Desk, order: Order) {
    match order {
        Order::Plug(line, plug) => desk.plug(line, *plug),
        Order::Set(line, mixing) => desk.set(line, mixing),
        Order::Unplug(line) => desk.unplug(line),
    }
}
