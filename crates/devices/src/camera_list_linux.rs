//! Linux tells of its cameras in `/sys`, so none needs to be opened (and woken up) to be listed.

use crate::names::Sighting;
use nokhwa::utils::CameraIndex;
use std::path::{Path, PathBuf};

const FOLDER: &str = "/sys/class/video4linux";

pub fn look() -> Vec<(Sighting, CameraIndex)> {
    look_in(Path::new(FOLDER))
}

fn look_in(folder: &Path) -> Vec<(Sighting, CameraIndex)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = entries.filter_map(|entry| Node::read(&entry.path())).collect();
    // By the plug rather than by the number, which tells only who came first.
    nodes.sort_by(|a, b| (&a.plug, a.number).cmp(&(&b.plug, b.number)));
    nodes.into_iter().map(|node| (node.sighting, CameraIndex::Index(node.number))).collect()
}

struct Node {
    /// The N of `/dev/videoN`.
    number: u32,
    plug: PathBuf,
    sighting: Sighting,
}

impl Node {
    fn read(node: &Path) -> Option<Self> {
        let number = node.file_name()?.to_str()?.strip_prefix("video")?.parse().ok()?;
        // A camera's further nodes carry no pictures but data about them.
        if text(&node.join("index")).is_some_and(|index| index != "0") {
            return None;
        }
        let device = node.join("device").canonicalize().ok();
        let product = device.as_deref().and_then(usb_product);
        let plugged = device.as_deref().and_then(usb_number).unwrap_or_default();
        let name = text(&node.join("name")).unwrap_or_default();
        let sighting =
            Sighting { product, name: short_name(&name).to_owned(), plugged, ..Sighting::default() };
        Some(Self { number, plug: device.unwrap_or_default(), sighting })
    }
}

/// The USB device that a node's interface belongs to.
fn usb_device(interface: &Path) -> Option<&Path> {
    interface.ancestors().take(3).find(|folder| folder.join("idVendor").is_file())
}

/// Its number on the bus, which is another one whenever it is plugged in.
fn usb_number(interface: &Path) -> Option<u64> {
    text(&usb_device(interface)?.join("devnum"))?.parse().ok()
}

/// Its vendor, product and serial number.
fn usb_product(interface: &Path) -> Option<String> {
    let device = usb_device(interface)?;
    let (vendor, product) = (text(&device.join("idVendor"))?, text(&device.join("idProduct"))?);
    // The number of the interface tells a camera from its infrared sister.
    let part = text(&interface.join("bInterfaceNumber")).filter(|part| part != "00");
    let more = [text(&device.join("serial")), part];
    Some(
        more.into_iter().flatten().fold(format!("usb:{vendor}:{product}"), |id, more| format!("{id}:{more}")),
    )
}

/// Many drivers repeat themselves: `HD Webcam: HD Webcam`.
fn short_name(name: &str) -> &str {
    match name.split_once(": ") {
        Some((first, second)) if first.starts_with(second.trim()) || second.starts_with(first) => first,
        _ => name,
    }
}

fn text(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
#[path = "camera_list_linux_tests.rs"]
mod tests;
