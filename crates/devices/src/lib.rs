//! The cameras, microphones and speakers of this computer.
//!
//! | looking for | room |
//! |---|---|
//! | the door that the rest of the house uses | [`SystemHardware`] |
//! | what is plugged in, looked at every second and when the sound server says so | `watch`, `sound_news` |
//! | ids that survive unplugging, names that tell twins apart | `names` |
//! | cameras: listing, choosing a format, taking pictures, adjusting | `camera_list`, `camera_format`, `camera`, `camera_panel` |
//! | sound cards: listing and finding, choosing a format | `sound_list`, `sound_format` |
//! | the sound server on Linux: listing, streams, what others play | `pulse` |
//! | the computer's sound, for shared screens | `system_sound` |
//! | a stream with its thread, from opening to its end | `sound_stream`, used by `microphone` and `speaker` |
//! | screens and windows of others, to be shown in calls | `screen` |
//! | other sample rates than ours | `rate` |

mod camera;
#[cfg(target_os = "linux")]
mod camera_controls_linux;
#[cfg(windows)]
mod camera_controls_windows;
mod camera_format;
mod camera_list;
mod camera_panel;
mod hardware;
mod microphone;
mod names;
#[cfg(target_os = "linux")]
mod pulse;
mod rate;
mod screen;
mod sound_format;
mod sound_list;
#[cfg(target_os = "linux")]
mod sound_news;
mod sound_stream;
mod speaker;
#[cfg(target_os = "linux")]
mod system_sound;
// Only PulseAudio's server tells of changes.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod watch;

pub use hardware::SystemHardware;
