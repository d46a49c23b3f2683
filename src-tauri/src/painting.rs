//! How the web view paints on this machine.

/// Told to WebKitGTK by an environment variable of its own.
#[cfg(target_os = "linux")]
const PAINT_DIRECTLY: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Without a graphics card WebKitGTK composes every frame of a window in software, which costs more than drawing the
/// pictures (a call: 68 % of a core against 41 %). Then it had better paint directly. Changing its mind later, by
/// `WebKitSettings`, crashes it (2.50), so this comes first of all. What the user has set stays.
#[cfg(target_os = "linux")]
pub fn suit_the_screen() {
    let cards = std::fs::read_dir("/dev/dri").map_or(0, |entries| entries.flatten().count());
    if cards == 0 && std::env::var_os(PAINT_DIRECTLY).is_none() {
        // SAFETY: this is the first thing that the program does, so no other thread can be reading the environment.
        #[expect(unsafe_code, reason = "WebKitGTK reads nothing but the environment")]
        unsafe {
            std::env::set_var(PAINT_DIRECTLY, "1");
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn suit_the_screen() {}
