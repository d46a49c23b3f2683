//! The parts of a desktop that a phone talks to over the session bus, played by the test: the tray
//! (`org.kde.StatusNotifierWatcher`, `com.canonical.dbusmenu`) and the notification server (`org.freedesktop.Notifications`).

use super::display::Display;
use super::process::PATIENCE;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

const NOTES: &str = "/org/freedesktop/Notifications";

/// A note as the phone hung it.
#[derive(Clone, Debug)]
pub struct Note {
    pub id: u32,
    pub title: String,
    pub body: String,
    /// Keys and labels in turn.
    pub actions: Vec<String>,
}

/// A line of the tray's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuLine {
    pub id: i32,
    pub label: String,
    pub enabled: bool,
    pub checked: bool,
}

/// A line and those below it, as `com.canonical.dbusmenu` writes them: id, properties, children.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// Where the tray icon is: the program's bus name and the icon's path.
type Item = (String, String);

struct Tray {
    items: watch::Sender<Option<Item>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Tray {
    async fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Programs give their bus name or, as the library here does, a path on their own connection.
        let item = match service.starts_with('/') {
            true => (sender, service.to_owned()),
            false => (service.to_owned(), "/StatusNotifierItem".to_owned()),
        };
        self.items.send_replace(Some(item));
    }

    async fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    async fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.borrow().iter().map(|(service, path)| format!("{service}{path}")).collect()
    }

    #[zbus(property)]
    async fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    async fn protocol_version(&self) -> i32 {
        0
    }
}

#[derive(Clone, Default)]
struct Wall {
    hung: Arc<watch::Sender<Vec<Note>>>,
    taken_down: Arc<watch::Sender<Vec<u32>>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Wall {
    async fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).into()
    }

    async fn get_server_information(&self) -> (String, String, String, String) {
        let [name, vendor, version, spec] = ["wall", "ahoy tests", "1", "1.2"].map(str::to_owned);
        (name, vendor, version, spec)
    }

    #[expect(clippy::too_many_arguments, reason = "the specification's call")]
    async fn notify(
        &self,
        _app: String,
        _replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _stays: i32,
    ) -> u32 {
        let mut id = 0;
        self.hung.send_modify(|hung| {
            id = hung.len() as u32 + 1;
            hung.push(Note { id, title, body, actions });
        });
        id
    }

    async fn close_notification(&self, id: u32) {
        self.taken_down.send_modify(|gone| gone.push(id));
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}

pub struct Desktop {
    bus: Connection,
    items: watch::Receiver<Option<Item>>,
    wall: Wall,
}

impl Desktop {
    /// Begins to play a desktop on the display's bus. Phones that start later find it there.
    pub async fn start(display: &Display) -> Self {
        let (sender, items) = watch::channel(None);
        let wall = Wall::default();
        let play = async {
            zbus::connection::Builder::address(display.bus())?
                .serve_at("/StatusNotifierWatcher", Tray { items: sender })?
                .serve_at(NOTES, wall.clone())?
                .name("org.kde.StatusNotifierWatcher")?
                .name("org.freedesktop.Notifications")?
                .build()
                .await
        };
        let bus = play.await.expect("the test can play a desktop on its own bus");
        Self { bus, items, wall }
    }

    async fn item(&self) -> Item {
        let mut items = self.items.clone();
        let item = timeout(PATIENCE, items.wait_for(Option::is_some)).await.expect("a tray icon comes");
        item.expect("the tray is played").clone().expect("there is one")
    }

    /// The menu of the tray icon now, submenus included.
    pub async fn menu(&self) -> Vec<MenuLine> {
        let menu = self.menu_proxy().await;
        let (_revision, root): (u32, Node) =
            menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).await.expect("the tray icon has a menu");
        let mut lines = Vec::new();
        for child in root.2 {
            lines_of(&child, &mut lines);
        }
        lines
    }

    /// Waits until the menu has such a line, and returns it.
    pub async fn menu_line(&self, what: &str, wanted: impl Fn(&MenuLine) -> bool) -> MenuLine {
        let mut last = Vec::new();
        let search = async {
            loop {
                last = self.menu().await;
                if let Some(line) = last.iter().find(|line| wanted(line)) {
                    return line.clone();
                }
                // The menu tells changes by signals that say only "something"; it is as easy to look again.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let found = timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("the tray's menu has no line with {what}: {last:?}"))
    }

    /// Clicks the line of the menu with this label, once it is there and enabled.
    pub async fn choose(&self, label: &str) {
        let click = async {
            loop {
                let line = self.menu_line(label, |line| line.label == label && line.enabled).await;
                let click = (line.id, "clicked", Value::from(0), 0u32);
                let clicked: zbus::Result<()> = self.menu_proxy().await.call("Event", &click).await;
                match clicked {
                    // The menu was made anew between the look and the click.
                    Err(zbus::Error::MethodError(_, Some(why), _)) if why.contains("does not refer") => {}
                    other => return other,
                }
            }
        };
        let clicked = timeout(PATIENCE, click).await.expect("the menu stands still");
        clicked.expect("a line can be clicked");
    }

    async fn menu_proxy(&self) -> Proxy<'_> {
        let (service, path) = self.item().await;
        let icon = Proxy::new(&self.bus, service.clone(), path, "org.kde.StatusNotifierItem").await;
        let menu: OwnedObjectPath =
            icon.expect("a proxy can be made").get_property("Menu").await.expect("the icon names its menu");
        Proxy::new(&self.bus, service, menu, "com.canonical.dbusmenu").await.expect("a proxy can be made")
    }

    /// Waits for a note whose title holds `words`.
    pub async fn note(&self, words: &str) -> Note {
        self.newer_note(words, 0).await
    }

    /// The same, for one that was hung after another.
    pub async fn note_after(&self, words: &str, before: &Note) -> Note {
        self.newer_note(words, before.id).await
    }

    async fn newer_note(&self, words: &str, than: u32) -> Note {
        let mut hung = self.wall.hung.subscribe();
        let holds = |note: &&Note| note.id > than && note.title.contains(words);
        let found = timeout(PATIENCE, hung.wait_for(|notes| notes.iter().any(|note| holds(&note)))).await;
        let notes = match found {
            Ok(notes) => notes.expect("the wall is there").clone(),
            Err(_) => panic!("no note says {words}: {:?}", self.wall.hung.borrow()),
        };
        notes.iter().rfind(holds).cloned().expect("it was just there")
    }

    /// Waits until the phone has taken a note away.
    pub async fn taken_down(&self, note: &Note) {
        let mut gone = self.wall.taken_down.subscribe();
        let waited = timeout(PATIENCE, gone.wait_for(|gone| gone.contains(&note.id))).await;
        assert!(waited.is_ok(), "this note stays: {note:?}");
    }

    /// Presses a note's button.
    pub async fn press(&self, note: &Note, action: &str) {
        assert!(note.actions.iter().step_by(2).any(|key| key == action), "{note:?} has no button {action}");
        let wall = self.bus.object_server().interface::<_, Wall>(NOTES).await.expect("the wall is served");
        Wall::action_invoked(wall.signal_emitter(), note.id, action).await.expect("the bus carries it");
    }
}

fn lines_of(node: &OwnedValue, lines: &mut Vec<MenuLine>) {
    let Ok(node) = node.downcast_ref::<Structure<'_>>() else { return };
    let [id, properties, children] = node.fields() else { return };
    let (Ok(id), Ok(properties)) = (
        id.downcast_ref::<i32>(),
        HashMap::<String, OwnedValue>::try_from(properties.try_clone().expect("no file is in it")),
    ) else {
        return;
    };
    let text =
        properties.get("label").and_then(|label| label.downcast_ref::<&str>().ok()).unwrap_or_default();
    let flag = |name: &str| properties.get(name).and_then(|value| value.downcast_ref::<bool>().ok());
    let toggled = properties.get("toggle-state").and_then(|value| value.downcast_ref::<i32>().ok());
    lines.push(MenuLine {
        id,
        // An underscore marks the key that chooses a line.
        label: text.replace('_', ""),
        enabled: flag("enabled").unwrap_or(true),
        checked: toggled == Some(1),
    });
    if let Ok(children) = children.downcast_ref::<zbus::zvariant::Array<'_>>() {
        for child in children.iter() {
            if let Value::Value(child) = child
                && let Ok(child) = OwnedValue::try_from(child.as_ref())
            {
                lines_of(&child, lines);
            }
        }
    }
}
