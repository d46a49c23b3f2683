//! The phone's one task: receives, dispatches, publishes; nothing else. What it dispatches to lives in the house's rooms.

use crate::command::{Command, Reply};
use crate::events::EventHub;
use crate::handle::PhoneHandle;
use crate::happening::{Happening, QUEUE};
use crate::house::House;
use crate::phone::PhoneConfig;
use crate::publisher::Publisher;
use crate::socket::SocketEvent;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

/// Commands that may wait; a handle that asks for more waits itself.
const COMMANDS: usize = 64;
/// Messages of the space that may wait; more are left unread on the socket.
const MESSAGES: usize = 32;

pub(crate) struct Conductor {
    commands: mpsc::Receiver<Command>,
    messages: mpsc::Receiver<(u64, SocketEvent)>,
    happenings: mpsc::Receiver<Happening>,
    house: House,
    publisher: Publisher,
}

impl Conductor {
    pub(crate) fn start(config: PhoneConfig) -> PhoneHandle {
        let (command_tx, commands) = mpsc::channel(COMMANDS);
        let (message_tx, messages) = mpsc::channel(MESSAGES);
        let (outlet, happenings) = mpsc::channel(QUEUE);
        let events = EventHub::new();
        let source = events.source();
        let (house, levels, tiles) = House::build(config, message_tx, outlet, events);
        let (publisher, snapshots) = Publisher::new(house.snapshot());
        let conductor = Self { commands, messages, happenings, house, publisher };
        tokio::spawn(conductor.run());
        PhoneHandle { commands: command_tx, snapshots, levels, tiles, events: source }
    }

    async fn run(mut self) {
        let mut waiting: Option<Reply<()>> = None;
        loop {
            let mut answered = None;
            let deadline = self.house.deadline();
            tokio::select! {
                // First what may free somebody who waits, then the space, then the user.
                biased;
                Some(happening) = self.happenings.recv() => self.house.happening(Instant::now(), happening),
                () = sleep_until(deadline.into()) => self.house.tick(Instant::now()),
                Some((generation, event)) = self.messages.recv() => self.house.socket(Instant::now(), generation, event),
                command = self.commands.recv() => match command {
                    Some(Command::ShutDown(reply)) => {
                        waiting = Some(reply);
                        break;
                    }
                    Some(command) => answered = Some(self.house.command(Instant::now(), command)),
                    None => break,
                },
            }
            self.publisher.publish(self.house.snapshot());
            // Who hears of something finds it in the snapshot.
            self.house.events.flush();
            if let Some(answered) = answered {
                answered();
            }
        }
        Box::pin(self.close()).await;
        if let Some(reply) = waiting {
            let _ = reply.send(Ok(()));
        }
    }

    /// Hangs up and leaves; workers may still report meanwhile.
    async fn close(mut self) {
        self.house.begin_closing(Instant::now());
        self.publisher.publish(self.house.snapshot());
        self.house.events.flush();
        let mut happenings = self.happenings;
        let drain = tokio::spawn(async move { while happenings.recv().await.is_some() {} });
        // Unread messages must not hold the socket's task up.
        drop(self.messages);
        self.house.close().await;
        drain.abort();
    }
}
