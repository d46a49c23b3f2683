use super::*;

#[test]
fn names_become_addresses() {
    assert_eq!(reference("Anna Kowalska"), "anna-kowalska");
    assert_eq!(reference("  Zoë (desk) "), "zoë-desk");
    assert_eq!(reference("!?"), "me");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told_and_another_one_serves() {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    let space = OwnSpace::start_on(port, folder.path().join("space"), |problem| drop(tell.send(problem)));
    let problem = told.await.expect("a word about it");
    assert_eq!((problem.code, problem.subject), (ProblemCode::PortInUse, Some(port.to_string())));
    let account = space.account("Anna").await.expect("an account all the same");
    assert!(!account.url.ends_with(&format!(":{port}")), "{}", account.url);
    let address = account.url.trim_start_matches("ws://");
    assert!(std::net::TcpStream::connect(address).is_ok(), "somebody listens there");
    space.shut_down().await;
}
