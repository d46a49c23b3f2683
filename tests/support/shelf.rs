//! Gives out the files of a folder by HTTP, as a place where releases are kept does.

use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub struct Shelf {
    /// Without a slash at its end.
    pub url: String,
}

impl Shelf {
    /// What lies in `folder` at the time when it is asked for.
    pub async fn open(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let folder = folder.to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, folder.clone()));
            }
        });
        Self { url }
    }
}

/// One connection, one file. Whoever goes away in the middle of it may.
async fn serve(stream: TcpStream, folder: PathBuf) {
    let mut stream = BufReader::new(stream);
    let (mut request, mut line) = (String::new(), String::new());
    let _ = stream.read_line(&mut request).await;
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 2) {
        line.clear();
    }
    // Only names are asked for; a path would lead elsewhere.
    let name = request.split_whitespace().nth(1).and_then(|path| path.strip_prefix('/'));
    let name = name.filter(|name| !name.contains('/') && !name.starts_with('.'));
    let body = name.and_then(|name| std::fs::read(folder.join(name)).ok());
    let (status, body) = body.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    if stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(&body).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}
