use super::*;
use crate::private_bus::{Bus, PATIENCE};
use tokio::time::timeout;
use zbus::interface;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;

/// What was bound: ids and preferred triggers.
type Bound = Vec<(String, String)>;

/// The desktop's side.
struct Portal {
    grants: bool,
    bound: mpsc::Sender<Bound>,
}

const SESSION: &str = "/org/freedesktop/portal/desktop/session/test/ahoy_keys";

/// Answers on the path that the one who asked listens to.
async fn respond(
    bus: &Connection,
    header: &Header<'_>,
    token: &OwnedValue,
    code: u32,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let sender = header.sender().expect("a sender").to_string();
    let token = String::try_from(token.try_clone().unwrap()).unwrap();
    let path = format!("{PATH}/request/{}/{token}", sender.trim_start_matches(':').replace('.', "_"));
    let path = OwnedObjectPath::try_from(path).unwrap();
    let interface = "org.freedesktop.portal.Request";
    bus.emit_signal(Some(sender.as_str()), &path, interface, "Response", &(code, results)).await.unwrap();
    path
}

#[interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Portal {
    async fn create_session(
        &self,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> OwnedObjectPath {
        let results = HashMap::from([("session_handle", Value::from(SESSION))]);
        respond(bus, &header, &options["handle_token"], 0, results).await
    }

    async fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Vec<(String, HashMap<String, OwnedValue>)>,
        _parent: String,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!(session.as_str(), SESSION);
        let text = |value: &OwnedValue| String::try_from(value.try_clone().unwrap()).unwrap();
        let bound = shortcuts.iter().map(|(id, about)| (id.clone(), text(&about["preferred_trigger"])));
        self.bound.send(bound.collect()).await.unwrap();
        let code = u32::from(!self.grants);
        respond(bus, &header, &options["handle_token"], code, HashMap::new()).await
    }

    #[zbus(property, name = "version")]
    async fn version(&self) -> u32 {
        1
    }

    #[zbus(signal)]
    async fn activated(
        emitter: &SignalEmitter<'_>,
        session: OwnedObjectPath,
        shortcut: &str,
        timestamp: u64,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn deactivated(
        emitter: &SignalEmitter<'_>,
        session: OwnedObjectPath,
        shortcut: &str,
        timestamp: u64,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;
}

async fn play(bus: &Bus, grants: bool) -> (Connection, mpsc::Receiver<Bound>) {
    let (bound, heard) = mpsc::channel(4);
    let portal = zbus::connection::Builder::address(bus.address())
        .unwrap()
        .serve_at(PATH, Portal { grants, bound })
        .unwrap()
        .name(NAME)
        .unwrap()
        .build();
    (timeout(PATIENCE, portal).await.expect("in time").expect("a portal"), heard)
}

fn wanted() -> Vec<(Deed, String)> {
    vec![(Deed::Mute, "Ctrl+Alt+KeyM".into()), (Deed::PushToTalk, "F9".into())]
}

#[test]
fn triggers_are_written_as_the_desktop_reads_them() {
    assert_eq!(trigger("Ctrl+Alt+KeyM"), "CTRL+ALT+m");
    assert_eq!(trigger("Super+Shift+Digit1"), "LOGO+SHIFT+1");
    assert_eq!(trigger("Ctrl+ArrowUp"), "CTRL+Up");
    assert_eq!((trigger("F9"), trigger("Ctrl+Space")), ("F9".into(), "CTRL+space".into()));
}

#[tokio::test]
async fn keys_that_the_desktop_grants_arrive_pressed_and_released() {
    let Some(bus) = Bus::start() else { return eprintln!("there is no dbus-daemon here") };
    let (portal, mut bound) = play(&bus, true).await;
    assert!(is_offered(&bus.connect().await).await);
    let wanted = wanted();
    let binding = Keys::bind(bus.connect().await, &wanted);
    let (keys, mut presses) = timeout(PATIENCE, binding).await.expect("in time").expect("granted");
    let pair = |id: &str, keys: &str| (id.to_owned(), keys.to_owned());
    assert_eq!(bound.recv().await.unwrap(), [pair("mute", "CTRL+ALT+m"), pair("push-to-talk", "F9")]);

    let portal = portal.object_server().interface::<_, Portal>(PATH).await.unwrap();
    let emitter = portal.signal_emitter();
    let session = |path: &str| OwnedObjectPath::try_from(path).unwrap();
    let others = session("/org/freedesktop/portal/desktop/session/test/somebody_else");
    Portal::activated(emitter, others, "mute", 1, HashMap::new()).await.unwrap();
    Portal::activated(emitter, session(SESSION), "push-to-talk", 2, HashMap::new()).await.unwrap();
    Portal::deactivated(emitter, session(SESSION), "push-to-talk", 3, HashMap::new()).await.unwrap();
    let mut next = async || timeout(PATIENCE, presses.recv()).await.expect("in time").expect("a press");
    assert_eq!(next().await, (Deed::PushToTalk, ShortcutState::Pressed));
    assert_eq!(next().await, (Deed::PushToTalk, ShortcutState::Released));
    keys.release().await;
}

#[tokio::test]
async fn a_desktop_that_says_no_is_believed() {
    let Some(bus) = Bus::start() else { return eprintln!("there is no dbus-daemon here") };
    let (_portal, _bound) = play(&bus, false).await;
    let refused = timeout(PATIENCE, Keys::bind(bus.connect().await, &wanted())).await.expect("in time");
    assert!(matches!(refused, Err(PortalError::Refused)));

    let nobody = Bus::start().expect("another bus");
    assert!(!is_offered(&nobody.connect().await).await);
    let none = timeout(PATIENCE, Keys::bind(nobody.connect().await, &wanted())).await.expect("in time");
    assert!(matches!(none, Err(PortalError::Bus(_))));
}
