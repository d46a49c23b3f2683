//! The shell: windows, tray and commands around the phone. The only room that knows Tauri; this file only composes.
//!
//! | looking for | room |
//! |---|---|
//! | the command line, links | `args` |
//! | what pages may ask, and its TypeScript | `commands`, `bindings` |
//! | what pages are told | `publish` |
//! | windows, tray, notifications, quiet hours | `windows`, `mini`, `tray`, `notes`, `words`, `quiet`, `focus` |
//! | the developer's page | `developer` |
//! | new versions | `updates` |
//! | pages of the web, files for the user, the support file | `web`, `support`, `scrub` |
//! | one phone per profile, starting with the computer, keys | `instance`, `login`, `shortcuts` |
//! | pictures on their way to the web view | `frames`, `painting` |
//! | joining spaces, this computer's own | `account`, `own_space`, `keychain` |
//! | spaces on the network: opening ours, finding and joining others | `lan`, `nearby`, `moved`, `lan_commands` |
//! | the profile's folder, settings, logs | `profile`, `settings_file`, `store` |
//! | lines for whoever started us | `ready` |

mod account;
mod args;
#[cfg(target_os = "linux")]
mod banners;
mod bindings;
mod commands;
mod developer;
mod focus;
mod frames;
mod instance;
mod keychain;
mod lan;
mod lan_commands;
mod login;
mod mini;
mod moved;
mod nearby;
mod notes;
mod own_space;
mod painting;
#[cfg(all(test, target_os = "linux"))]
mod private_bus;
mod profile;
mod publish;
mod quiet;
mod ready;
mod renewal;
mod reports;
mod scrub;
mod settings_file;
mod shell;
mod shortcuts;
mod stills;
mod store;
mod support;
mod tray;
mod updates;
mod web;
mod windows;
mod words;

use account::Accounts;
use ahoy_devices::SystemHardware;
use ahoy_model::{Problem, ProblemCode, ToneRegion};
use ahoy_phone::{DeviceKeys, JsonCalls, JsonHistory, Phone, PhoneConfig};
use args::Args;
use clap::Parser;
use frames::Frames;
use keychain::Keychain;
use own_space::OwnSpace;
pub use painting::suit_the_screen;
use profile::Profile;
use shell::Shell;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::SettingsStore;
use tauri::utils::config::Csp;
use tauri::{Manager, RunEvent};

/// Runs the app until the user quits.
pub fn run() -> ExitCode {
    suit_the_screen();
    let args = Args::parse();
    let (frames, listener) = match Frames::bind() {
        Ok(bound) => bound,
        Err(error) => return fail(&Problem::new(ProblemCode::Internal).because(error)),
    };
    let mut context = tauri::generate_context!();
    #[cfg(debug_assertions)]
    updates::heed_environment(context.config_mut());
    context.config_mut().app.security.csp = Some(Csp::Policy(rules(&frames)));
    // Windows and macOS tell starts of one profile apart by this name.
    let identity = instance::identity(&context.config().identifier, args.profile.as_deref());
    context.config_mut().identifier.clone_from(&identity);
    let (one_per_profile, later) = instance::one_per(&identity);
    let login = login::plugin(&args);
    let bindings = bindings::builder();
    let builder = tauri::Builder::default()
        // First of all, so that a second start ends before it has touched anything.
        .plugin(one_per_profile)
        .plugin(login)
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(tauri_plugin_store::Builder::default().build())
        .plugin(tauri_plugin_updater::Builder::new().build())
        .invoke_handler(bindings.invoke_handler())
        .setup(move |app| start(app.handle(), &args, frames, listener, later));
    if !has_display() {
        return fail(
            &Problem::new(ProblemCode::DisplayMissing).because("neither DISPLAY nor WAYLAND_DISPLAY is set"),
        );
    }
    match builder.build(context) {
        Ok(app) => {
            app.run(|app, event| {
                // The last window's end is not the phone's; `quit` is.
                match event {
                    RunEvent::ExitRequested { api, code: None, .. } => {
                        api.prevent_exit();
                        if let Some(shell) = app.try_state::<Shell>() {
                            quit(&shell);
                        }
                    }
                    // How macOS hands over links.
                    #[cfg(target_os = "macos")]
                    RunEvent::Opened { urls } => {
                        if let (Some(shell), Some(url)) = (app.try_state::<Shell>(), urls.first()) {
                            shell.open_link(args::dial_text(url.as_str()));
                        }
                    }
                    _ => {}
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => fail(&Problem::new(ProblemCode::DisplayMissing).because(error)),
    }
}

/// What pages may load: themselves, our commands, and our own pictures.
fn rules(frames: &Frames) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src ipc: http://ipc.localhost {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        frames.url()
    )
}

fn start(
    app: &tauri::AppHandle,
    args: &Args,
    frames: Frames,
    listener: std::net::TcpListener,
    later: tokio::sync::mpsc::Receiver<instance::LaterStart>,
) -> Result<(), Box<dyn Error>> {
    let folder = args.profile.clone().map_or_else(|| app.path().app_data_dir(), Ok)?;
    let profile = Profile::open(folder)?;
    profile.start_log();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), profile = %profile.folder().display(), "ahoy");
    let (store, troubles) = SettingsStore::open(app, &profile, args)?;

    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    let (keeper, kept) = JsonCalls::open(profile.calls());
    let keychain = Keychain::new(profile.folder().display().to_string());
    let keys = DeviceKeys::new(Arc::new(keychain.clone()));
    let phone = Phone::start(PhoneConfig {
        settings: store.settings(),
        history: Box::new(JsonHistory::new(profile.history())),
        keeper: Box::new(keeper),
        kept,
        keys: keys.clone(),
        region: ToneRegion::of_locale(words::system_locale()),
        ..PhoneConfig::new(SystemHardware::start())
    });
    let (told, mut problems) = tokio::sync::mpsc::channel(4);
    let own_space = match args.no_space || args.space.is_some() {
        true => OwnSpace::off(),
        false => OwnSpace::start(profile.space(), move |problem| drop(told.try_send(problem))),
    };
    let accounts = Accounts { phone: phone.clone(), keychain, store, own_space, keys };
    let (lan, lan_owner) = lan::prepare();
    let shell = Shell {
        app: app.clone(),
        phone: phone.clone(),
        accounts,
        frames: frames.clone(),
        profile,
        ready: Default::default(),
        state: Default::default(),
        lan,
        nearby: Default::default(),
        updates: Default::default(),
    };
    shell.state.joining.store(true, Ordering::Release);
    app.manage(shell.clone());

    windows::open_main(&shell, args.hidden)?;
    if let Some(link) = &args.link {
        shell.open_link(args::dial_text(link));
    }
    troubles.into_iter().for_each(|problem| shell.tell(problem));
    tokio::spawn(frames.serve(listener, phone));
    publish::start(&shell);
    tokio::spawn(windows::follow_ringing(shell.clone()));
    tokio::spawn(windows::follow_text_size(shell.clone()));
    tokio::spawn(mini::follow(shell.clone()));
    tokio::spawn(instance::follow(shell.clone(), later));
    tokio::spawn(lan_owner.run(shell.clone()));
    tokio::spawn(moved::follow(shell.clone()));
    tokio::spawn(nearby::follow(shell.clone()));
    tokio::spawn(notes::follow(shell.clone()));
    tokio::spawn(quiet::follow(shell.clone()));
    tokio::spawn(shortcuts::follow(shell.clone()));
    tokio::spawn(updates::follow(shell.clone()));
    tokio::spawn(tray::follow(shell.clone(), args.hidden));
    tokio::spawn(join(shell.clone(), args.clone()));
    tokio::spawn(recall_ice_credentials(shell.clone()));
    let ears = shell.clone();
    tokio::spawn(async move {
        while let Some(problem) = problems.recv().await {
            ears.tell(problem);
        }
    });
    Ok(())
}

/// Joins the space of the command line, or the one that the profile belongs to.
async fn join(shell: Shell, args: Args) {
    let renewal = args.renewal();
    let joined = match (args.space, args.token, args.name) {
        (Some(space), Some(token), _) => shell.accounts.join_once(&space, token, renewal).await,
        (_, _, Some(name)) if shell.accounts.store.membership().is_none() => {
            shell.accounts.join_here(&name).await
        }
        _ => shell.accounts.rejoin().await.map(drop),
    };
    if let Err(problem) = joined {
        shell.tell(problem);
    }
    shell.set(|state| &state.joining, false);
    let keychain = shell.accounts.keychain.is_there().await;
    shell.set(|state| &state.keychain, keychain);
}

/// Passwords of the user's own STUN and TURN servers come from the keychain.
async fn recall_ice_credentials(shell: Shell) {
    for server in shell.phone.snapshot().settings.ice_servers.clone() {
        if let Some(secret) = shell.accounts.keychain.find(&ice_credential(&server.url)).await {
            let _ = shell.phone.keep_ice_credential(server.url, Some(secret)).await;
        }
    }
}

pub(crate) fn ice_credential(url: &str) -> String {
    format!("ice {url}")
}

/// Hangs up, says good-bye, and ends the app.
pub(crate) fn quit(shell: &Shell) {
    if shell.state.quitting.swap(true, Ordering::AcqRel) {
        return;
    }
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        say_good_bye(&shell).await;
        shell.app.exit(0);
    });
}

/// To the space, to whoever is on ours, and to our own space's files; within a few seconds.
pub(crate) async fn say_good_bye(shell: &Shell) {
    let farewell = async {
        let _ = shell.phone.shut_down().await;
        shell.lan.close().await;
        shell.accounts.own_space.shut_down().await;
    };
    if tokio::time::timeout(windows::FAREWELL, farewell).await.is_err() {
        tracing::warn!("good-byes took too long");
    }
}

/// Without one the window library would panic, which tells nobody anything.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn fail(problem: &Problem) -> ExitCode {
    let words = match problem.code {
        ProblemCode::DisplayMissing => "there is no screen to draw on",
        _ => "something is wrong with this computer's set-up",
    };
    eprintln!("Ahoy cannot start: {words} ({problem}).");
    ExitCode::FAILURE
}
