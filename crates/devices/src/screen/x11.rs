//! An X display: what is on it, and its pixels.

use super::thumbnail::shrink;
use ahoy_media::DeviceError;
use ahoy_model::{DeviceId, ScreenInfo, ScreenKind};
use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, Drawable, ImageFormat, ImageOrder, MapState, Screen, Window,
};
use x11rb::rust_connection::RustConnection;

/// Windows that are listed, and letters of a title.
const MOST_WINDOWS: usize = 40;
const LONGEST_TITLE: usize = 80;
/// Smaller windows have nothing to show.
const SMALLEST: u16 = 48;

/// A part of the display, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

/// Pixels with four bytes: blue, green, red, nothing.
pub struct Pixels {
    pub width: u16,
    pub height: u16,
    pub data: Vec<u8>,
}

/// A connection with the display.
pub struct Desk {
    pub connection: RustConnection,
    root: Window,
    client_list: Atom,
    window_name: Atom,
    window_pid: Atom,
    utf8: Atom,
}

impl Desk {
    /// # Errors
    /// `Absent`: there is no display.
    pub fn connect() -> Result<Self, DeviceError> {
        let (connection, number) = x11rb::connect(None).map_err(|error| {
            tracing::debug!(%error, "no X display");
            DeviceError::Absent
        })?;
        let screen: &Screen = connection.setup().roots.get(number).ok_or(DeviceError::Absent)?;
        let root = screen.root;
        let depth = screen.root_depth;
        let setup = connection.setup();
        let plain = setup.pixmap_formats.iter().any(|f| f.depth == depth && f.bits_per_pixel == 32)
            && setup.image_byte_order == ImageOrder::LSB_FIRST;
        if !plain || depth < 24 {
            return Err(DeviceError::NoFormat);
        }
        // Their requests are refused unless the versions were agreed on.
        connection.xfixes_query_version(4, 0).map_err(broken)?.reply().map_err(failed)?;
        connection.composite_query_version(0, 2).map_err(broken)?.reply().map_err(failed)?;
        let atom = |name: &[u8]| -> Result<Atom, DeviceError> {
            Ok(connection.intern_atom(false, name).map_err(broken)?.reply().map_err(failed)?.atom)
        };
        let client_list = atom(b"_NET_CLIENT_LIST")?;
        let window_name = atom(b"_NET_WM_NAME")?;
        let window_pid = atom(b"_NET_WM_PID")?;
        let utf8 = atom(b"UTF8_STRING")?;
        Ok(Self { connection, root, client_list, window_name, window_pid, utf8 })
    }

    pub fn root(&self) -> Window {
        self.root
    }

    /// Name and place of every screen.
    pub fn screens(&self) -> Result<Vec<(String, Area)>, DeviceError> {
        let monitors = self.connection.randr_get_monitors(self.root, true).map_err(broken)?.reply();
        let mut screens = Vec::new();
        for monitor in monitors.map(|reply| reply.monitors).unwrap_or_default() {
            let name =
                self.connection.get_atom_name(monitor.name).map_err(broken)?.reply().map_err(failed)?.name;
            let (x, y, width, height) = (monitor.x, monitor.y, monitor.width, monitor.height);
            screens.push((String::from_utf8_lossy(&name).into_owned(), Area { x, y, width, height }));
        }
        if screens.is_empty() {
            screens.push(("screen".to_owned(), self.area(self.root)?));
        }
        Ok(screens)
    }

    /// Place of a window on the display.
    pub fn area(&self, window: Window) -> Result<Area, DeviceError> {
        let shape = self.connection.get_geometry(window).map_err(broken)?.reply().map_err(failed)?;
        let place = self.connection.translate_coordinates(window, self.root, 0, 0).map_err(broken)?;
        let place = place.reply().map_err(failed)?;
        Ok(Area { x: place.dst_x, y: place.dst_y, width: shape.width, height: shape.height })
    }

    /// Whether its pixels can be had now: minimised windows have none.
    pub fn is_shown(&self, window: Window) -> Result<bool, DeviceError> {
        let attributes =
            self.connection.get_window_attributes(window).map_err(broken)?.reply().map_err(failed)?;
        Ok(attributes.map_state == MapState::VIEWABLE)
    }

    fn property(&self, window: Window, name: Atom, kind: impl Into<Atom>) -> Option<Vec<u8>> {
        let asked = self.connection.get_property(false, window, name, kind, 0, 4096).ok()?;
        Some(asked.reply().ok()?.value).filter(|value| !value.is_empty())
    }

    fn numbers(&self, window: Window, name: Atom, kind: AtomEnum) -> Vec<u32> {
        let value = self.property(window, name, kind).unwrap_or_default();
        value.as_chunks::<4>().0.iter().map(|bytes| u32::from_ne_bytes(*bytes)).collect()
    }

    /// Title and id of the windows of other programs, the uppermost last.
    fn windows(&self) -> Vec<(String, Window)> {
        let own = std::process::id();
        let all = self.numbers(self.root, self.client_list, AtomEnum::WINDOW);
        let others = all
            .into_iter()
            .filter(|window| !self.numbers(*window, self.window_pid, AtomEnum::CARDINAL).contains(&own));
        let named = others.filter_map(|window| {
            let title = self
                .property(window, self.window_name, self.utf8)
                .or_else(|| self.property(window, AtomEnum::WM_NAME.into(), AtomEnum::ANY))?;
            let title: String = String::from_utf8_lossy(&title).chars().take(LONGEST_TITLE).collect();
            let area = self.area(window).ok()?;
            let worth = area.width >= SMALLEST && area.height >= SMALLEST && self.is_shown(window).ok()?;
            worth.then_some((title, window))
        });
        named.take(MOST_WINDOWS).collect()
    }

    /// Pixels of a part of something.
    pub fn pixels(&self, of: Drawable, area: Area) -> Result<Pixels, DeviceError> {
        let Area { x, y, width, height } = area;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, of, x, y, width, height, u32::MAX)
            .map_err(broken)?
            .reply()
            .map_err(failed)?;
        if image.depth < 24 || image.data.len() < usize::from(width) * usize::from(height) * 4 {
            return Err(DeviceError::NoFormat);
        }
        Ok(Pixels { width, height, data: image.data })
    }
}

/// The socket failed.
pub fn broken(error: ConnectionError) -> DeviceError {
    DeviceError::Broken(error.to_string())
}

/// The display refused, which it does when a window is gone.
pub fn failed(error: ReplyError) -> DeviceError {
    match error {
        ReplyError::X11Error(_) => DeviceError::Ended,
        ReplyError::ConnectionError(error) => broken(error),
    }
}

pub fn list() -> Result<Vec<ScreenInfo>, DeviceError> {
    let desk = match Desk::connect() {
        Ok(desk) => desk,
        Err(DeviceError::Absent) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let small = |of: Drawable, area: Area| {
        let pixels = desk.pixels(of, area).ok()?;
        shrink(&pixels.data, usize::from(pixels.width), usize::from(pixels.height))
    };
    let mut all = Vec::new();
    for (name, area) in desk.screens()? {
        all.push(ScreenInfo {
            id: DeviceId::new(format!("screen:{name}")),
            kind: ScreenKind::Screen,
            name: format!("{name} · {} × {}", area.width, area.height),
            thumbnail: small(desk.root, area),
        });
    }
    for (title, window) in desk.windows().into_iter().rev() {
        let inside = desk.area(window).map(|area| Area { x: 0, y: 0, ..area });
        all.push(ScreenInfo {
            id: DeviceId::new(format!("window:{window:#x}")),
            kind: ScreenKind::Window,
            name: title,
            thumbnail: inside.ok().and_then(|area| small(window, area)),
        });
    }
    Ok(all)
}
