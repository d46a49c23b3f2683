//! Questions and answers, what the server says unasked, and sound.

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, Prop, Props, ProtocolError, PulseError,
    SetClientNameReply, SubscriptionEvent, TagStructReader,
};
use socket2::{Domain, SockAddr, Socket, Type};
use std::ffi::CString;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the server may take to answer, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection. Blocking: whoever owns it has a thread for it, and ends it by [`Connection::handle`].
pub struct Connection {
    socket: BufReader<UnixStream>,
    version: u16,
    asked: u32,
    body: Vec<u8>,
}

/// What comes from the server.
pub enum Message<'a> {
    /// Of a stream that records: its channel, and samples.
    Sound(u32, &'a [u8]),
    /// The answer to the question of this number.
    Answer(u32, Result<Words<'a>, PulseError>),
    Event(Event),
}

/// What the server says unasked.
pub enum Event {
    /// A stream that plays wants so many bytes.
    Wants(u32, u32),
    /// The server has ended a stream.
    Killed(u32),
    /// It has given a stream to another device.
    Moved,
    /// Of what was subscribed to.
    Changed(SubscriptionEvent),
    /// What nobody here needs to know.
    Other,
}

impl From<Command> for Event {
    fn from(command: Command) -> Self {
        match command {
            Command::Request(request) => Self::Wants(request.channel, request.length),
            Command::PlaybackStreamKilled(channel) | Command::RecordStreamKilled(channel) => {
                Self::Killed(channel)
            }
            Command::PlaybackStreamMoved(_) | Command::RecordStreamMoved(_) => Self::Moved,
            Command::SubscribeEvent(event) => Self::Changed(event),
            _ => Self::Other,
        }
    }
}

/// An answer that is still to be read.
pub struct Words<'a> {
    bytes: Cursor<&'a [u8]>,
    version: u16,
}

impl Words<'_> {
    /// # Errors
    /// The server has said something else.
    pub fn read<R: CommandReply>(mut self) -> Result<R, ProtocolError> {
        TagStructReader::new(&mut self.bytes, self.version).read()
    }
}

impl Connection {
    /// To the server that the environment names.
    ///
    /// # Errors
    /// There is none, it does not let us in, or it does not answer in a second.
    pub fn open() -> Result<Self, ProtocolError> {
        let path = pulseaudio::socket_path_from_env().ok_or(Error::from(ErrorKind::NotFound))?;
        let mut connection = Self {
            socket: BufReader::with_capacity(64 * 1024, reach(&path)?),
            version: protocol::MAX_VERSION,
            asked: 0,
            body: Vec::new(),
        };
        connection.wait_at_most(Some(PATIENCE))?;
        connection.greet()?;
        Ok(connection)
    }

    fn greet(&mut self) -> Result<(), ProtocolError> {
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
        let auth = AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        };
        let reply: AuthReply = self.ask(&Command::Auth(auth))?;
        self.version = self.version.min(reply.version);
        let mut properties = Props::new();
        properties.set(Prop::ApplicationName, c"Ahoy");
        let process = CString::new(std::process::id().to_string()).unwrap_or_default();
        properties.set(Prop::ApplicationProcessId, process);
        let _: SetClientNameReply = self.ask(&Command::SetClientName(properties))?;
        Ok(())
    }

    /// How long reading and writing may take from now on; without a limit until somebody shuts the [handle](Self::handle).
    ///
    /// # Errors
    /// The system's.
    pub fn wait_at_most(&self, limit: Option<Duration>) -> Result<(), ProtocolError> {
        self.socket.get_ref().set_read_timeout(limit)?;
        Ok(self.socket.get_ref().set_write_timeout(limit)?)
    }

    /// For another thread, which may shut it down.
    ///
    /// # Errors
    /// The system's.
    pub fn handle(&self) -> Result<UnixStream, ProtocolError> {
        Ok(self.socket.get_ref().try_clone()?)
    }

    /// Asks, and waits for the answer. What else the server says meanwhile is passed over.
    ///
    /// # Errors
    /// What the server answered, or why it did not.
    pub fn ask<R: CommandReply>(&mut self, question: &Command) -> Result<R, ProtocolError> {
        self.wait_for(question, |words| words.read())
    }

    /// The same for what is answered by a mere yes.
    ///
    /// # Errors
    /// As for [`Connection::ask`].
    pub fn tell(&mut self, order: &Command) -> Result<(), ProtocolError> {
        self.wait_for(order, |_| Ok(()))
    }

    fn wait_for<T>(
        &mut self,
        question: &Command,
        read: impl Fn(Words<'_>) -> Result<T, ProtocolError>,
    ) -> Result<T, ProtocolError> {
        let number = self.send(question)?;
        loop {
            match self.next()? {
                Message::Answer(of, answer) if of == number => {
                    return answer.map_err(ProtocolError::ServerError).and_then(read);
                }
                _ => {}
            }
        }
    }

    /// Asks without waiting: the number that the answer will have.
    ///
    /// # Errors
    /// The connection's.
    pub fn send(&mut self, question: &Command) -> Result<u32, ProtocolError> {
        let number = self.asked;
        self.asked = self.asked.wrapping_add(1);
        protocol::write_command_message(self.socket.get_mut(), number, question, self.version)?;
        Ok(number)
    }

    /// Sends what a stream is to play. `block` begins with [`protocol::DESCRIPTOR_SIZE`] bytes of room.
    ///
    /// # Errors
    /// The connection's.
    pub fn send_sound(&mut self, channel: u32, block: &mut [u8]) -> Result<(), ProtocolError> {
        let Some((head, samples)) = block.split_first_chunk_mut() else { return Ok(()) };
        let descriptor = protocol::Descriptor {
            length: u32::try_from(samples.len()).map_err(|_| too_long())?,
            channel,
            offset: 0,
            flags: protocol::DescriptorFlags::empty(),
        };
        protocol::encode_descriptor(head, &descriptor);
        Ok(self.socket.get_mut().write_all(block)?)
    }

    /// Whether something has come, or comes within this time.
    ///
    /// # Errors
    /// The connection's; also when it is closed.
    pub fn has_news(&mut self, within: Duration) -> Result<bool, ProtocolError> {
        if !self.socket.buffer().is_empty() {
            return Ok(true);
        }
        self.socket.get_ref().set_read_timeout(Some(within))?;
        let come = self.socket.fill_buf().map(<[u8]>::is_empty);
        // The rest of a message is waited for as long as an answer.
        self.socket.get_ref().set_read_timeout(Some(PATIENCE))?;
        news(come)
    }

    /// What the server says next.
    ///
    /// # Errors
    /// The connection's; also when it is closed.
    pub fn next(&mut self) -> Result<Message<'_>, ProtocolError> {
        let head = protocol::read_descriptor(&mut self.socket)?;
        let length = head.length as usize;
        if length > protocol::MAX_MEMBLOCKQ_LENGTH {
            return Err(too_long());
        }
        self.body.resize(length, 0);
        self.socket.read_exact(&mut self.body)?;
        if head.channel != u32::MAX {
            return Ok(Message::Sound(head.channel, &self.body));
        }
        let mut bytes = Cursor::new(self.body.as_slice());
        Ok(match Command::read_tag_prefixed(&mut bytes, self.version) {
            Ok((number, Command::Reply)) => {
                Message::Answer(number, Ok(Words { bytes, version: self.version }))
            }
            Ok((number, Command::Error(error))) => Message::Answer(number, Err(error)),
            Ok((_, event)) => Message::Event(event.into()),
            Err(error) => {
                tracing::trace!(%error, "the sound server said something else");
                Message::Event(Event::Other)
            }
        })
    }
}

/// What a look into the socket says, `Ok(true)` being its end.
fn news(come: Result<bool, Error>) -> Result<bool, ProtocolError> {
    match come {
        Ok(true) => Err(Error::from(ErrorKind::UnexpectedEof).into()),
        Ok(false) => Ok(true),
        Err(error) => match error.kind() {
            // A signal (some other process of ours has ended) cuts a read with a limit short.
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(false),
            _ => Err(error.into()),
        },
    }
}

/// The line before a server that is busy is short. In it one waits at most as long as for an answer.
fn reach(path: &Path) -> Result<UnixStream, Error> {
    let (socket, address) = (Socket::new(Domain::UNIX, Type::STREAM, None)?, SockAddr::unix(path)?);
    socket.set_write_timeout(Some(PATIENCE))?;
    let since = Instant::now();
    loop {
        match socket.connect(&address) {
            Err(error) if error.kind() == ErrorKind::Interrupted && since.elapsed() < PATIENCE => {}
            reached => return reached.map(|()| socket.into()),
        }
    }
}

fn too_long() -> ProtocolError {
    ProtocolError::Invalid("a message is too long".to_owned())
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
