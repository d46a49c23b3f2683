//! A Tauri window without anything in it, for `cargo xtask bench start` to compare with. Says `{"ready":true}` when its page
//! has loaded.

use std::io::Write;
use tauri::http::Response;
use tauri::http::header::{CONTENT_TYPE, HeaderValue};
use tauri::webview::PageLoadEvent;
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() {
    // As the phone does on a machine without a graphics card, where this costs less.
    ahoy_lib::suit_the_screen();
    // No word comes when `about:blank` has loaded, so the page has an address of its own.
    let app = tauri::Builder::default().register_uri_scheme_protocol("empty", |_, _| page()).setup(|app| {
        let empty = WebviewUrl::CustomProtocol("empty://localhost/".parse()?);
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

fn page() -> Response<&'static [u8]> {
    let mut page = Response::new(&b"<!doctype html><title>Empty</title>"[..]);
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    page
}
