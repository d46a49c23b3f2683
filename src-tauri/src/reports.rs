//! Reports that people send to whoever helps them.

use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::PreflightReport;
use tauri::{AppHandle, Manager};

/// Writes a report where downloads go. Its path.
///
/// # Errors
/// `StorageFailed`.
pub fn save(app: &AppHandle, report: &PreflightReport) -> Result<String, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::new(ProblemCode::StorageFailed).because(error);
    let folder =
        app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| failed(&error))?;
    let text = serde_json::to_string_pretty(report).map_err(|error| failed(&error))?;
    // By the moment, so that none takes the place of another.
    let path = folder.join(format!("ahoy-check-{:.0}.json", report.at));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| failed(&error))?;
    Ok(path.display().to_string())
}
