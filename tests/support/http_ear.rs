//! Hears what is posted to it.

use super::process::PATIENCE;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub struct HttpEar {
    pub url: String,
    heard: mpsc::Receiver<Value>,
}

impl HttpEar {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let (tell, heard) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tell.clone()));
            }
        });
        Self { url, heard }
    }

    /// The next body, as JSON.
    pub async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.heard.recv()).await.expect("something is posted").expect("the ear lives")
    }
}

/// One connection: requests with a length, one after the other.
async fn serve(stream: TcpStream, tell: mpsc::Sender<Value>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.expect("a body");
        tell.send(serde_json::from_slice(&body).expect("JSON")).await.expect("the test listens");
        let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.get_mut().write_all(reply).await.expect("the space reads");
    }
}
