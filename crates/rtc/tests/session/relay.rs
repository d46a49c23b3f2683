//! A network in the way: forwards datagrams between two ends, with delay, and loses some RTP, always the same ones for the same seed.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::UdpSocket;

#[derive(Default)]
pub struct Figures {
    pub video: AtomicU64,
    pub lost: AtomicU64,
    pub repeats: AtomicU64,
}

pub struct Relay {
    pub figures: Arc<Figures>,
    loss: f64,
    delay: Duration,
    seed: u64,
    /// For each section: the socket that stands for the offerer, and what it stands for.
    fronts: Vec<(Arc<UdpSocket>, SocketAddr)>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Relay {
    pub fn new(seed: u64, loss: f64, delay: Duration) -> Self {
        Self { figures: Arc::default(), loss, delay, seed, fronts: Vec::new(), tasks: Vec::new() }
    }

    /// Puts a socket of ours in the place of each host candidate.
    async fn replace(sdp: &str) -> (String, Vec<(Arc<UdpSocket>, SocketAddr)>) {
        let mut out = sdp.to_owned();
        let mut fronts = Vec::new();
        let mut known: HashMap<u16, u16> = HashMap::new();
        for line in sdp.lines().filter_map(|l| l.strip_prefix("a=candidate:")) {
            let words: Vec<&str> = line.split(' ').collect();
            let real: SocketAddr = format!("{}:{}", words[4], words[5]).parse().unwrap();
            let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
            known.insert(real.port(), socket.local_addr().unwrap().port());
            fronts.push((socket, real));
        }
        for (real, ours) in known {
            out = out.replace(&format!(" {real} "), &format!(" {ours} "));
        }
        (out, fronts)
    }

    /// The offer as the far side shall see it.
    pub async fn offer(&mut self, sdp: &str) -> String {
        let (sdp, fronts) = Self::replace(sdp).await;
        self.fronts = fronts;
        sdp
    }

    /// The answer as the offerer shall see it; from here on datagrams flow.
    pub async fn answer(&mut self, sdp: &str) -> String {
        let (sdp, backs) = Self::replace(sdp).await;
        let fronts = std::mem::take(&mut self.fronts);
        for (n, ((front, offerer), (back, answerer))) in fronts.into_iter().zip(backs).enumerate() {
            let n = n as u64;
            // Who sends to `front` is the answerer; the offerer shall see it come from `back`.
            self.tasks.push(self.pump(Arc::clone(&front), Arc::clone(&back), offerer, self.seed + n * 2));
            self.tasks.push(self.pump(back, front, answerer, self.seed + n * 2 + 1));
        }
        sdp
    }

    fn pump(
        &self,
        from: Arc<UdpSocket>,
        by: Arc<UdpSocket>,
        to: SocketAddr,
        seed: u64,
    ) -> tokio::task::JoinHandle<()> {
        let figures = Arc::clone(&self.figures);
        let (loss, delay) = (self.loss, self.delay);
        // A line with a delay keeps the order.
        let (line, mut far_end) = tokio::sync::mpsc::channel::<(tokio::time::Instant, Vec<u8>)>(2000);
        tokio::spawn(async move {
            while let Some((at, datagram)) = far_end.recv().await {
                tokio::time::sleep_until(at).await;
                let _ = by.send_to(&datagram, to).await;
            }
        });
        tokio::spawn(async move {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut buffer = vec![0u8; 65_536];
            while let Ok((length, _)) = from.recv_from(&mut buffer).await {
                let datagram = buffer[..length].to_vec();
                let rtp = matches!(datagram.first(), Some(128..=191))
                    && !matches!(datagram.get(1), Some(192..=223));
                if rtp {
                    let kind = datagram[1] & 0x7f;
                    figures.video.fetch_add(u64::from(kind == 102), Ordering::Relaxed);
                    figures.repeats.fetch_add(u64::from(kind == 103), Ordering::Relaxed);
                }
                if matches!(datagram.first(), Some(128..=191)) && random.f64() < loss {
                    figures.lost.fetch_add(u64::from(rtp), Ordering::Relaxed);
                    continue;
                }
                // Full for a network means lost.
                let _ = line.try_send((tokio::time::Instant::now() + delay, datagram));
            }
        })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
