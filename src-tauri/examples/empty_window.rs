//! A Tauri window without anything in it, for `cargo xtask bench start` to compare with. Says `{"ready":true}` when its page
//! has loaded.

use std::io::Write;
use tauri::webview::PageLoadEvent;
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() {
    // As the phone does on a machine without a graphics card, where this costs less.
    ahoy_lib::suit_the_screen();
    let app = tauri::Builder::default().setup(|app| {
        let empty = WebviewUrl::External("about:blank".parse()?);
        WebviewWindowBuilder::new(app, "empty", empty)
            .title("Empty")
            .inner_size(1040.0, 720.0)
            .on_page_load(|_, load| {
                if load.event() == PageLoadEvent::Finished {
                    let mut out = std::io::stdout().lock();
                    // Whoever started it may be gone.
                    let _ = writeln!(out, r#"{{"ready":true}}"#).and_then(|()| out.flush());
                }
            })
            .build()?;
        Ok(())
    });
    if let Err(error) = app.run(tauri::generate_context!()) {
        eprintln!("no window: {error}");
    }
}
