//! Somebody in a room: a camera with a number plate, a tone, eyes and ears.

use crate::client::{Client, LONG, media};
use ahoy_media::engine::{VideoReceiver, VideoSender, VideoSenderConfig};
use ahoy_media::fake::TestPicture;
use ahoy_media::picture_code::{self, Code};
use ahoy_media::slot::{SlotReader, slot};
use ahoy_media::tone::Sine;
use ahoy_media::{Picture, opus};
use ahoy_model::{AudioCodec, AudioPacket, CallId, Flow, MemberId, VideoCodec};
use ahoy_rtc::{SectionWish, Session, SessionEvent};
use ahoy_space::Space;
use ahoy_wire::{CallAction, CallJoined, CallRequest, EventBody, Layer, MemberRef, RpcError, Targets};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::interval;

/// Sound that is remembered, samples.
const HEARD: usize = 48_000;

/// What a guest sends.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// Number on the plate.
    pub sender: u16,
    /// Hz; 0 is silence.
    pub tone: f64,
    pub size: (u32, u32),
    pub fps: u64,
    /// Nothing leaves any more.
    pub frozen: bool,
}

impl Act {
    pub fn new(sender: u16) -> Self {
        // Far enough from each other, and from each other's harmonics, to be told apart.
        let tone = 300.0 + 170.0 * f64::from(sender);
        Self { sender, tone, size: (320, 180), fps: 15, frozen: false }
    }
}

pub struct Guest {
    pub client: Client,
    pub call: CallId,
    pub member: MemberId,
    pub session: Arc<Session>,
    pub act: watch::Sender<Act>,
    pub pictures: SlotReader<Picture>,
    pub first_picture: watch::Receiver<Option<Instant>>,
    heard: Arc<Mutex<VecDeque<f32>>>,
    tasks: Vec<JoinHandle<()>>,
}

/// One more leg of a guest.
pub struct Further {
    pub call: CallId,
    pub member: MemberId,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Further {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Guest {
    /// Dials the room and is in it.
    pub async fn join(space: &Space, name: &str, room: &str, act: Act) -> (Self, CallJoined) {
        let client = Client::online(space, name).await;
        Self::join_with(client, room, act).await
    }

    pub async fn join_with(mut client: Client, room: &str, act: Act) -> (Self, CallJoined) {
        let call = CallId::random();
        let (session, events, sdp) = Session::offer(media("guest")).await.expect("an offer");
        let member = client.dial(&call, room, &sdp).await.expect("dialled");
        session.accept(&client.answered().await).await.expect("accepted");
        let joined = client
            .event(|body| match body {
                EventBody::CallJoined(joined) => Some(joined.clone()),
                _ => None,
            })
            .await;
        (Self::with_media(client, call, member, (session, events), act), joined)
    }

    /// Takes the call that comes.
    pub async fn answering(mut client: Client, act: Act) -> Self {
        let invite = client.invited().await;
        let (session, events, sdp) = crate::client::answer("guest", &invite.sdp).await.expect("an answer");
        client.accept(&invite, &sdp).await.expect("answered");
        let call = invite.call_id.clone();
        let joined = client.event(|body| match body {
            EventBody::CallJoined(joined) if joined.call_id == call => Some(joined.member_id.clone()),
            _ => None,
        });
        let member = joined.await;
        Self::with_media(client, invite.call_id, member, (session, events), act)
    }

    pub fn with_media(
        client: Client,
        call: CallId,
        member: MemberId,
        (session, events): (Session, mpsc::Receiver<SessionEvent>),
        act: Act,
    ) -> Self {
        let session = Arc::new(session);
        let heard = Arc::new(Mutex::new(VecDeque::new()));
        let (act, acts) = watch::channel(act);
        let (receiver, pictures) = VideoReceiver::start(VideoCodec::H264);
        let (first, first_picture) = watch::channel(None);
        let (wants_key, key_wanted) = watch::channel(0_u32);
        let tasks = vec![
            tokio::spawn(listen(Arc::clone(&session), events, receiver, Arc::clone(&heard), wants_key)),
            tokio::spawn(film(Arc::clone(&session), acts.clone(), key_wanted)),
            tokio::spawn(sing(Arc::clone(&session), acts)),
            tokio::spawn(watch_first(pictures.clone(), first)),
        ];
        Self { client, call, member, session, act, pictures, first_picture, heard, tasks }
    }

    /// Adds a leg to this guest's call that shows another number and says another tone; it ends when dropped.
    pub async fn add(&mut self, screen: bool, act: Act) -> Further {
        let call = CallId::random();
        let flow = Flow::SendOnly;
        let mut config = media("further");
        config.audio = config.audio.map(|wish| SectionWish { flow, ..wish });
        config.video = config.video.map(|wish| SectionWish { flow, ..wish });
        let (session, mut events, sdp) = Session::offer(config).await.expect("an offer");
        let member = self.client.add(&call, &self.call, screen, &sdp).await.expect("taken");
        session.accept(&self.client.answered_for(&call).await).await.expect("accepted");
        let session = Arc::new(session);
        let (_, acts) = watch::channel(act);
        let (wants_key, key_wanted) = watch::channel(0_u32);
        let asked = async move {
            while let Some(event) = events.recv().await {
                if matches!(event, SessionEvent::KeyFrameWanted) {
                    wants_key.send_modify(|count| *count += 1);
                }
            }
        };
        let tasks = vec![
            tokio::spawn(asked),
            tokio::spawn(film(Arc::clone(&session), acts.clone(), key_wanted)),
            tokio::spawn(sing(session, acts)),
        ];
        Further { call, member, tasks }
    }

    /// Is gone without a word, socket and media.
    pub fn vanish(self) {
        // Whoever closes a session says good-bye to the far side; one that is forgotten does not.
        std::mem::forget(Arc::clone(&self.session));
        self.act.send_modify(|act| act.frozen = true);
    }

    /// The senders that can be read in these boxes of the newest picture.
    pub async fn sees(&mut self, layers: &[Layer]) -> Option<Vec<Option<u16>>> {
        let picture = tokio::time::timeout(Duration::from_secs(5), self.pictures.next()).await.ok()??;
        Some(layers.iter().map(|layer| read(&picture, layer)).collect())
    }

    /// Waits for the layout of just these members for which `wanted` holds, and until the picture shows in its boxes who should be there.
    /// `senders`: member id → number, `None` for a card.
    pub async fn sees_layout(
        &mut self,
        what: &str,
        senders: &[(MemberId, Option<u16>)],
        wanted: impl Fn(&ahoy_wire::Layout) -> bool,
    ) -> ahoy_wire::Layout {
        // Layouts with somebody else in them are older ones.
        let fits = |layout: &ahoy_wire::Layout| {
            let shown: Vec<&MemberId> = layout.layers.iter().filter_map(|l| l.member_id.as_ref()).collect();
            shown.len() == senders.len() && senders.iter().all(|(member, _)| shown.contains(&member))
        };
        let layout = self
            .client
            .event(|body| match body {
                EventBody::LayoutChanged(changed) if fits(&changed.layout) && wanted(&changed.layout) => {
                    Some(changed.layout.clone())
                }
                _ => None,
            })
            .await;
        let layers: Vec<Layer> = layout.layers.iter().filter(|l| l.member_id.is_some()).cloned().collect();
        let expected: Vec<Option<u16>> = layers
            .iter()
            .map(|layer| {
                let (_, sender) =
                    senders.iter().find(|(member, _)| Some(member) == layer.member_id.as_ref())?;
                *sender
            })
            .collect();
        let end = Instant::now() + LONG;
        loop {
            let seen = self.sees(&layers).await;
            if seen.as_ref() == Some(&expected) {
                return layout;
            }
            assert!(Instant::now() < end, "{what}: {seen:?} instead of {expected:?} in {layers:?}");
        }
    }

    /// How strong a tone is in what was heard lately (Goertzel), 0 to 1.
    pub fn hears(&self, hertz: f64) -> f64 {
        let heard = self.heard.lock().unwrap();
        let late: Vec<f32> = heard.iter().skip(heard.len().saturating_sub(24_000)).copied().collect();
        let step = 2.0 * (std::f64::consts::TAU * hertz / 48_000.0).cos();
        let (mut a, mut b) = (0.0, 0.0);
        for sample in &late {
            (a, b) = (f64::from(*sample) + step * a - b, a);
        }
        (a * a + b * b - step * a * b).max(0.0).sqrt() * 2.0 / late.len().max(1) as f64
    }

    /// Waits until the tones of `loud` are heard and those of `quiet` are not.
    pub async fn until_hears(&self, what: &str, loud: &[f64], quiet: &[f64]) {
        let end = Instant::now() + LONG;
        let mut ticks = interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            let enough = self.heard.lock().unwrap().len() >= 24_000;
            let loud_ones: Vec<f64> = loud.iter().map(|tone| self.hears(*tone)).collect();
            let quiet_ones: Vec<f64> = quiet.iter().map(|tone| self.hears(*tone)).collect();
            if enough && loud_ones.iter().all(|s| *s > 0.03) && quiet_ones.iter().all(|s| *s < 0.008) {
                return;
            }
            assert!(Instant::now() < end, "{what}: {loud:?} {loud_ones:?}, not {quiet:?} {quiet_ones:?}");
        }
    }

    /// Asks for something about another member, as v4 does: with one's own call in the target.
    pub async fn moderate(
        &mut self,
        target: &MemberId,
        action: CallAction,
    ) -> Result<serde_json::Value, RpcError> {
        let node = ahoy_model::NodeId::from("n");
        let own = MemberRef::new(self.member.clone(), self.call.clone(), node.clone());
        let target = MemberRef::new(target.clone(), self.call.clone(), node);
        let request = CallRequest { own: Some(own), targets: Targets::One(target), action };
        self.client.ask(ahoy_wire::ClientRequest::Call(request)).await
    }

    pub async fn own(&mut self, action: CallAction) -> Result<serde_json::Value, RpcError> {
        let member = self.member.clone();
        self.moderate(&member, action).await
    }

    /// The next change of a member that names this field.
    pub async fn updated(&mut self, member: &MemberId, field: &str) -> ahoy_wire::Member {
        self.client
            .event(|body| match body {
                EventBody::MemberUpdated(change)
                    if change.member.member_id == *member
                        && change.member.updated.iter().flatten().any(|name| name == field) =>
                {
                    Some(change.member.clone())
                }
                _ => None,
            })
            .await
    }

    pub async fn left(&mut self, member: &MemberId) -> Option<String> {
        self.client
            .event(|body| match body {
                EventBody::MemberLeft(change) if change.member.member_id == *member => {
                    Some(change.reason.clone())
                }
                _ => None,
            })
            .await
    }
}

/// Who is in a box of the picture.
pub fn read(picture: &Picture, layer: &Layer) -> Option<u16> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let pixel = |percent: f64, of: f64| (percent * of / 100.0).round() as usize;
    let (x, y) = (pixel(layer.x, width), pixel(layer.y, height));
    let (w, h) = (pixel(layer.width, width), pixel(layer.height, height));
    let mut luma = Vec::with_capacity(w * h);
    for row in y..y + h {
        luma.extend(picture.planes().0.get(row * width as usize + x..)?.get(..w)?);
    }
    picture_code::read_luma(&luma, w, h).map(|code| code.sender)
}

async fn watch_first(mut pictures: SlotReader<Picture>, first: watch::Sender<Option<Instant>>) {
    if pictures.next().await.is_some() {
        first.send_replace(Some(Instant::now()));
    }
    first.closed().await;
}

async fn listen(
    session: Arc<Session>,
    mut events: mpsc::Receiver<SessionEvent>,
    receiver: VideoReceiver,
    heard: Arc<Mutex<VecDeque<f32>>>,
    wants_key: watch::Sender<u32>,
) {
    let mut decoder = opus::Decoder::new().expect("a decoder");
    let mut asks = receiver.needs_key_frame();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(SessionEvent::Audio(packet)) => {
                    if let Ok(sound) = decoder.decode(&packet.data) {
                        let mut heard = heard.lock().unwrap();
                        heard.extend(sound);
                        let old = heard.len().saturating_sub(HEARD);
                        heard.drain(..old);
                    }
                }
                Some(SessionEvent::Video(frame)) => {
                    receiver.push(frame);
                }
                Some(SessionEvent::KeyFrameWanted) => wants_key.send_modify(|count| *count += 1),
                Some(_) => {}
                None => return,
            },
            Ok(()) = asks.changed() => session.request_key_frame(),
        }
    }
}

async fn film(session: Arc<Session>, acts: watch::Receiver<Act>, mut wants_key: watch::Receiver<u32>) {
    let (writer, pictures) = slot();
    let (out, mut frames) = mpsc::channel(8);
    let config = VideoSenderConfig {
        codec: VideoCodec::H264,
        max_width: 1280,
        max_height: 1280,
        fps: 30,
        bitrate: 800_000,
    };
    let sender = VideoSender::start(pictures, config, out);
    let mut act = *acts.borrow();
    let mut scene = TestPicture::new(act.size.0, act.size.1, act.sender);
    let mut ticks = interval(Duration::from_millis(1_000 / act.fps));
    let mut number = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let now = *acts.borrow();
                if now.size != act.size {
                    scene = TestPicture::new(now.size.0, now.size.1, now.sender);
                }
                act = now;
                if !act.frozen {
                    number += 1;
                    writer.put(scene.draw(number, Code::now(), Instant::now()));
                }
            }
            frame = frames.recv() => {
                let Some(frame) = frame else { return };
                if !session.send_video(frame) {
                    sender.request_key_frame();
                }
            }
            Ok(()) = wants_key.changed() => sender.request_key_frame(),
        }
    }
}

async fn sing(session: Arc<Session>, acts: watch::Receiver<Act>) {
    let mut encoder = opus::Encoder::new(opus::EncoderConfig::default()).expect("an encoder");
    let mut ticks = interval(Duration::from_millis(20));
    let mut sine = Sine::new(acts.borrow().tone, 0.15);
    let mut tone = acts.borrow().tone;
    let mut number = 0_u32;
    loop {
        ticks.tick().await;
        let act = *acts.borrow();
        if act.tone != tone {
            tone = act.tone;
            sine = Sine::new(tone, 0.15);
        }
        let mut sound = [0.0; opus::FRAME];
        if tone > 0.0 {
            sine.fill(&mut sound);
        }
        let data = encoder.encode(&sound).expect("a packet");
        if !act.frozen {
            session.send_audio(AudioPacket {
                codec: AudioCodec::Opus,
                data,
                rtp_time: number.wrapping_mul(960),
                sequence: 0,
                marker: false,
                at: Instant::now(),
            });
        }
        number += 1;
    }
}
