use super::*;
use std::os::unix::net::UnixListener;

#[test]
fn nothing_yet_is_no_end() {
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted] {
        assert!(matches!(news(Err(kind.into())), Ok(false)), "{kind:?}");
    }
    assert!(matches!(news(Ok(false)), Ok(true)));
    let ended = news(Ok(true));
    assert!(matches!(&ended, Err(ProtocolError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof));
    assert!(news(Err(ErrorKind::ConnectionReset.into())).is_err());
}

#[test]
fn who_finds_a_line_waits_until_the_server_has_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("server");
    let server = UnixListener::bind(&path).expect("a server");
    // Until nobody more finds a place, as one sees who does not want to wait.
    let address = SockAddr::unix(&path).expect("an address");
    let mut line = Vec::new();
    loop {
        let next = Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
        next.set_nonblocking(true).expect("a mode");
        match next.connect(&address) {
            Ok(()) => line.push(next),
            Err(error) => break assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    let late = std::thread::spawn(move || reach(&path));
    let served: Vec<_> = server.incoming().take(line.len() + 1).collect();
    assert!(late.join().expect("no panic").is_ok());
    assert!(served.into_iter().all(|served| served.is_ok()));
}
