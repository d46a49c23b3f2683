//! Where the stack's packets meet our engine: the only interceptor in its chain, and the end of the chain too.

use super::Port;
use rtc::interceptor::{AttributedPacket, Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;
use rtc::shared::TransportContext;
use rtc::shared::error::Error;
use std::sync::PoisonError;
use std::time::Instant;

pub(crate) struct Tap {
    port: Port,
}

impl Tap {
    pub(crate) fn new(port: Port) -> Self {
        Self { port }
    }

    fn engine(&self) -> std::sync::MutexGuard<'_, crate::media::Engine> {
        self.port.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Tap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        let mut engine = self.engine();
        match message.message.packet {
            Packet::Rtp(packet) => engine.handle_rtp(message.now, packet),
            Packet::Rtcp(packets) => engine.handle_rtcp(message.now, &packets),
            _ => {}
        }
        engine.hand_out(&self.port.outbox);
        Ok(())
    }

    /// Nothing goes on to the stack: it would sort packets by codecs and tracks that it knows nothing about.
    fn poll_read(&mut self) -> Option<TaggedPacket> {
        None
    }

    fn handle_write(&mut self, _: TaggedPacket) -> Result<(), Error> {
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        let now = Instant::now();
        let packet = self.engine().poll_write(now)?;
        Some(TaggedPacket {
            now,
            transport: TransportContext::default(),
            message: AttributedPacket::new(packet),
        })
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        let mut engine = self.engine();
        engine.handle_timeout(now);
        engine.hand_out(&self.port.outbox);
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.engine().deadline()
    }
}

impl Interceptor for Tap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
