//! What goes out with a package about whose work is in it: our licences, and the notices of everything that is linked in.

use crate::command::{cargo, output, program, root};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Beginnings of names of files with a licence, in lower case.
const NAMES: [&str; 7] = ["licen", "copying", "notice", "copyright", "unlicense", "ofl", "patents"];
/// Endings of files that are about licences, but hold none.
const SOURCES: [&str; 8] = ["c", "cpp", "h", "js", "json", "py", "rs", "toml"];
/// Folders that hold nothing else.
const FOLDERS: [&str; 2] = ["licenses", "licences"];
/// Only tried in the project; not in what is shipped.
const ASIDE: [&str; 4] = ["tests", "examples", "benches", "docs"];
const RULE: &str = "--------------------------------------------------------------------------------";

/// Something that others have made.
struct Part {
    /// With its version.
    name: String,
    licence: String,
    folder: PathBuf,
}

/// Writes all notices into one file and says where it is.
pub fn write(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join("NOTICES.txt");
    fs::write(&path, text()?)?;
    Ok(path)
}

fn text() -> Result<String> {
    let own =
        |name: &str| fs::read_to_string(root().join(name)).with_context(|| format!("{name} is missing"));
    let mut text = format!(
        "Ahoy, a video phone for the desktop. Copyright: the Ahoy authors.\nLicence: MIT or Apache-2.0, as you like.\n\n{}\n\n{}\n",
        own("LICENSE-MIT")?.trim(),
        own("LICENSE-APACHE")?.trim_end()
    );
    text += "\nWhat others have made is in it, too, with thanks:\n";
    let mut parts = crates()?;
    parts.extend(npm()?);
    // Whose words are the same stand together.
    let mut notices: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut silent = BTreeSet::new();
    for part in &parts {
        let found = files(part)?;
        if found.is_empty() {
            silent.insert(format!("{} ({})", part.name, part.licence));
        }
        for words in found {
            let same = words.split_whitespace().collect::<Vec<_>>().join(" ");
            notices.entry(same).or_insert((words, BTreeSet::new())).1.insert(part.name.clone());
        }
    }
    let mut notices: Vec<_> = notices.into_values().map(|(words, names)| (names, words)).collect();
    notices.push((
        ["the network that finds the background".to_owned()].into(),
        own("crates/media/src/matte/NOTICE.md")?,
    ));
    notices.push((["libvpx".to_owned()].into(), libvpx()));
    notices.sort();
    for (names, words) in notices {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        text += &format!("\n{RULE}\n{names}\n{RULE}\n\n{}\n", words.trim_matches('\n'));
    }
    let silent = silent.into_iter().collect::<Vec<_>>().join("\n");
    text += &format!("\n{RULE}\nUnder the licence named, without a text of their own\n{RULE}\n\n{silent}\n");
    Ok(text)
}

/// Crates that the phone is linked with, or made by, on this system.
fn crates() -> Result<Vec<Part>> {
    let version = output(program("rustc").arg("-vV")).context("rustc does not answer")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--filter-platform", host]))
        .context("cargo metadata does not answer")?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = list(&metadata["packages"]);
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let phone = packages.iter().find(|package| package["name"] == "ahoy").context("there is no phone")?;
    let (mut left, mut all) = (vec![text(&phone["id"])], BTreeSet::new());
    while let Some(id) = left.pop() {
        if !all.insert(id.clone()) {
            continue;
        }
        let needed = nodes.get(&id).map(|node| list(&node["deps"])).unwrap_or_default();
        let is_linked =
            |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        left.extend(needed.iter().filter(|it| is_linked(it)).map(|it| text(&it["pkg"])));
    }
    // Ours have no source.
    let foreign = packages.iter().filter(|it| all.contains(&text(&it["id"])) && it["source"].is_string());
    let part = |it: &Value| Part {
        name: format!("{} {}", text(&it["name"]), text(&it["version"])),
        licence: text(&it["license"]),
        folder: Path::new(&text(&it["manifest_path"])).parent().unwrap_or(Path::new("")).to_owned(),
    };
    Ok(foreign.map(part).collect())
}

/// What the pages carry.
fn npm() -> Result<Vec<Part>> {
    let folder = root().join("ui");
    let lock: Value = serde_json::from_str(&fs::read_to_string(folder.join("package-lock.json"))?)?;
    let packages = lock["packages"].as_object().context("the lock file names no packages")?;
    let ships = |(path, about): &(&String, &Value)| !path.is_empty() && about["dev"] != true;
    let part = |(path, about): (&String, &Value)| Part {
        name: format!(
            "{} {}",
            path.rsplit("node_modules/").next().unwrap_or(path),
            about["version"].as_str().unwrap_or_default()
        ),
        licence: about["license"].as_str().unwrap_or_default().to_owned(),
        folder: folder.join(path),
    };
    Ok(packages.iter().filter(ships).map(part).collect())
}

/// The texts that a part comes with. Of several licences to choose from we take MIT.
fn files(part: &Part) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let unreadable = || format!("{} is not there: {}", part.name, part.folder.display());
    for entry in fs::read_dir(&part.folder).with_context(unreadable)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
        if !path.is_dir() {
            found.extend(is_notice(&name).then_some(path));
        } else if !ASIDE.contains(&name.as_str()) {
            // Libraries in C lie a floor below.
            let all = FOLDERS.contains(&name.as_str());
            let inside =
                fs::read_dir(&path)?.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
            found.extend(inside.filter(|path| {
                all || path.file_name().is_some_and(|name| is_notice(&name.to_string_lossy().to_lowercase()))
            }));
        }
    }
    found.sort();
    let is_mit = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("mit"))
    };
    let may_be_mit =
        !part.licence.contains("AND") && part.licence.split(['/', ' ']).any(|word| word == "MIT");
    if may_be_mit && let Some(mit) = found.iter().find(|path| is_mit(path)).cloned() {
        found = vec![mit];
    }
    let read = |path: &PathBuf| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(found.iter().map(read).collect::<Result<_, _>>()?)
}

/// `name` in lower case.
fn is_notice(name: &str) -> bool {
    let is_source = name.rsplit_once('.').is_some_and(|(_, ending)| SOURCES.contains(&ending));
    let begins = NAMES.iter().any(|beginning| name.starts_with(beginning));
    !is_source && (begins || name.ends_with("license.txt"))
}

/// The system's, which is linked in: where Debian, vcpkg and Homebrew keep its notice.
fn libvpx() -> String {
    let vcpkg =
        std::env::var_os("VPX_LIB_DIR").map(|folder| Path::new(&folder).join("../share/libvpx/copyright"));
    let brew = output(program("brew").args(["--prefix", "libvpx"]));
    let brew = brew.map(|prefix| Path::new(prefix.trim()).join("LICENSE"));
    let places = [vcpkg, brew, Some("/usr/share/doc/libvpx-dev/copyright".into())];
    let found = places.into_iter().flatten().find_map(|path| fs::read_to_string(path).ok());
    found.unwrap_or_else(|| {
        "BSD-3-Clause, the WebM project: https://www.webmproject.org/license/software/".to_owned()
    })
}

#[cfg(test)]
#[path = "notices_tests.rs"]
mod tests;
