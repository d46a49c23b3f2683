// No console window beside the app on Windows; `--help` and the ready lines still go to a redirected stdout.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    ahoy_lib::run()
}
