//! A member of a room that costs next to nothing, so that many fit on one machine: its pictures and its sound were encoded
//! beforehand, and what it receives is counted and not decoded. To the space it is like any other.

use super::process::PATIENCE;
use super::space::SpaceProcess;
use ahoy_media::fake::TestPicture;
use ahoy_media::opus;
use ahoy_media::picture_code::Code;
use ahoy_media::video::{Encoder, EncoderConfig};
use ahoy_model::{AudioCodec, AudioPacket, CallId, EncodedFrame, NodeId, Secret, VideoCodec};
use ahoy_rtc::{Session, SessionConfig, SessionEvent};
use ahoy_wire::{
    BodyWithSdp, ClientMessage, ClientRequest, ClientVerto, ConnectParams, DialogParams, EventBody, Reply,
    ServerMessage, ServerRequest, ServerVerto, VertoRequest, parse_server, subscription,
};
use futures_util::{SinkExt, StreamExt};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

const SIZE: (u32, u32) = (640, 360);
const FPS: u64 = 30;
/// Pictures until they begin anew, with a key frame as every long film has them.
const REEL: u32 = 300;
const BITRATE: u32 = 600_000;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct CannedMember {
    /// Pictures received so far.
    pub pictures: watch::Receiver<u32>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for CannedMember {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl CannedMember {
    /// Dials `room` as `/private/<name>` and sends `reel`; returns when media flows.
    pub async fn join(space: &SpaceProcess, name: &str, room: &str, reel: Vec<EncodedFrame>) -> Self {
        let token = Secret::new(space.token(name, name).await);
        let config = SessionConfig {
            addresses: vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
            ..SessionConfig::sound_and_picture(name)
        };
        let (session, events, offer) = Session::offer(config).await.expect("an offer");
        let (mut socket, _) = connect_async_with_config(&space.ws, None, true).await.expect("a socket");
        let connect = ClientRequest::Connect(ConnectParams::fresh(token, "ahoy-bench/1"));
        send(&mut socket, &ClientMessage::request("connect", connect)).await;
        let call = CallId::random();
        let dialog = DialogParams::outbound(call.clone(), room);
        let invite = ClientVerto::Invite(BodyWithSdp { dialog, sdp: offer, sessid: None });
        send(&mut socket, &verto("invite", &call, invite)).await;
        let (answer, mut answers) = mpsc::channel(1);
        let signalling = tokio::spawn(converse(socket, call, answer));
        let sdp = timeout(PATIENCE, answers.recv()).await.expect("an answer in time").expect("an answer");
        session.accept(&sdp).await.expect("the answer fits");
        let (seen, mut pictures) = watch::channel(0);
        let media = tokio::spawn(perform(session, events, reel, seen));
        timeout(PATIENCE, pictures.wait_for(|count| *count > 0)).await.expect("in time").expect("pictures");
        Self { pictures, tasks: [signalling, media] }
    }

    /// Ten seconds of the test picture of `sender`, 640 × 360 at 30/s, in H.264.
    pub fn reel(sender: u16) -> Vec<EncodedFrame> {
        let config = EncoderConfig { fps: FPS as f32, bitrate: BITRATE };
        let mut encoder = Encoder::new(VideoCodec::H264, config);
        let mut scene = TestPicture::new(SIZE.0, SIZE.1, sender);
        let pictures = (0..REEL).filter_map(|number| {
            let picture = scene.draw(number, Code::now(), Instant::now());
            let encoded = encoder.encode(&picture, number == 0).expect("encoded")?;
            Some(EncodedFrame {
                codec: VideoCodec::H264,
                data: encoded.data,
                rtp_time: 0,
                key: encoded.key,
                after_loss: false,
            })
        });
        pictures.collect()
    }
}

fn verto(id: &str, call: &CallId, message: ClientVerto) -> ClientMessage {
    let request = VertoRequest {
        call_id: Some(call.clone()),
        node_id: Some(NodeId::from("")),
        subscribe: Some(subscription::MAIN.map(str::to_owned).to_vec()),
        message_id: id.to_owned().into(),
        message,
    };
    ClientMessage::request(id, ClientRequest::Verto(request))
}

async fn send(socket: &mut Socket, message: &ClientMessage) {
    socket.send(Message::text(message.to_json())).await.expect("the socket is open");
}

/// Acknowledges what comes, answers pings, and hands the answer's SDP out.
async fn converse(mut socket: Socket, call: CallId, answer: mpsc::Sender<String>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let ServerMessage::Request { id, request } = parse_server(&text).expect("a message") else {
            continue;
        };
        let reply = match &request {
            ServerRequest::Ping(ping) => Reply::ok(id, ping),
            _ => Reply::empty(id),
        };
        send(&mut socket, &ClientMessage::Reply(reply)).await;
        let ServerRequest::Event(event) = request else { continue };
        let EventBody::Verto(event) = event.body else { continue };
        match event.message {
            ServerVerto::Answer(answered) => {
                let _ = answer.send(answered.sdp.expect("an SDP")).await;
            }
            ServerVerto::Ping(ping) => {
                send(&mut socket, &verto("pong", &call, ClientVerto::Pong(ping))).await;
            }
            _ => {}
        }
    }
}

/// Sends the reel and silence, and counts pictures.
async fn perform(
    session: Session,
    mut events: mpsc::Receiver<SessionEvent>,
    reel: Vec<EncodedFrame>,
    seen: watch::Sender<u32>,
) {
    let mut encoder = opus::Encoder::new(opus::EncoderConfig::default()).expect("an encoder");
    let silence = encoder.encode(&[0.0; opus::FRAME]).expect("a packet");
    let (mut sound, mut picture) =
        (interval(Duration::from_millis(20)), interval(Duration::from_nanos(1_000_000_000 / FPS)));
    let (mut packets, mut frames, mut at) = (0_u32, 0_u32, 0);
    loop {
        tokio::select! {
            _ = sound.tick() => {
                session.send_audio(AudioPacket {
                    codec: AudioCodec::Opus,
                    data: silence.clone(),
                    rtp_time: packets.wrapping_mul(960),
                    sequence: 0,
                    marker: packets == 0,
                    at: Instant::now(),
                });
                packets = packets.wrapping_add(1);
            }
            _ = picture.tick() => {
                let rtp_time = frames.wrapping_mul(90_000 / FPS as u32);
                let frame = EncodedFrame { rtp_time, ..reel[at].clone() };
                // What could not be sent is missing to those after it.
                at = if session.send_video(frame) { (at + 1) % reel.len() } else { 0 };
                frames = frames.wrapping_add(1);
            }
            event = events.recv() => match event {
                Some(SessionEvent::KeyFrameWanted) => at = 0,
                Some(SessionEvent::Video(_)) => seen.send_modify(|count| *count += 1),
                Some(_) => {}
                None => return,
            },
        }
    }
}
