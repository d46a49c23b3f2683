//! The packages for Linux: made of the program that is tested here, installed into empty roots, judged, and started from there.

use super::Scene;
use crate::support::process::run;
use crate::support::program;
use crate::support::window::{PhoneOptions, PhoneWindow};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Linked statically into what `cargo xtask bundle` makes; only programs for tests ask for it.
const WITHIN_PACKAGES: &str = "libvpx";
const SCHEMES: [&str; 4] = ["ahoy", "tel", "sip", "callto"];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the project").to_owned()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Both packages of the program at hand, made below `folder`.
async fn packages(folder: &Path) -> (PathBuf, PathBuf) {
    let target = folder.join("target");
    std::fs::create_dir_all(target.join("debug")).expect("a folder");
    std::fs::copy(program("ahoy"), target.join("debug/ahoy")).expect("the program is there");
    let command = tokio::process::Command::new(project().join("ui/node_modules/.bin/tauri"))
        .args(["bundle", "--debug", "--ci", "--bundles", "deb,rpm"])
        .current_dir(project().join("src-tauri"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .await
        .expect("Tauri's command line runs");
    assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
    let made = |kind: &str| {
        let folder = target.join("debug/bundle").join(kind);
        let files =
            std::fs::read_dir(&folder).expect("a folder of packages").flatten().map(|entry| entry.path());
        let package = files.into_iter().find(|path| path.extension().is_some_and(|end| end == kind));
        package.unwrap_or_else(|| panic!("no {kind} in {}", folder.display()))
    };
    (made("deb"), made("rpm"))
}

/// Packages change owners, which only root may: whoever is not is in a name space of his own.
async fn as_root(command: &[&str]) -> String {
    if let ("0", [program, args @ ..]) = (run("id", ["-u"]).await.as_str(), command) {
        return run(program, args).await;
    }
    run("unshare", [&["--user", "--map-root-user", "--mount"], command].concat()).await
}

/// Files below the `usr` of a root; what installers keep for themselves lies elsewhere.
fn files(root: &Path) -> BTreeSet<String> {
    fn walk(root: &Path, at: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(text(path.strip_prefix(root).expect("below the root")));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(root, &root.join("usr"), &mut found);
    found
}

/// Packages that come along when these are installed.
async fn closure(of: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut left: Vec<String> = of.to_vec();
    while !left.is_empty() {
        let names: Vec<String> = left.drain(..).filter(|name| all.insert(name.clone())).collect();
        if names.is_empty() {
            break;
        }
        let query = ["-W", "-f", "${Pre-Depends},${Depends}\n"].map(str::to_owned);
        let found =
            tokio::process::Command::new("dpkg-query").args(query.iter().chain(&names)).output().await;
        // Alternatives that are not installed are not found, which is an error of the query as a whole only.
        let found = String::from_utf8_lossy(&found.expect("dpkg-query runs").stdout).into_owned();
        left.extend(found.split([',', '|', '\n']).filter_map(name_of));
    }
    all
}

/// `libgtk-3-0 (>= 3.9)` → `libgtk-3-0`
fn name_of(dependency: &str) -> Option<String> {
    let name = dependency.split_whitespace().next()?.split(':').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Libraries that the program names lie in packages that come along with ours.
async fn judge_libraries(installed: &Path, depends: &str) {
    let wanted: Vec<String> = depends.split(',').filter_map(name_of).collect();
    let come_along = closure(&wanted).await;
    let dump = run("objdump", ["-p", &text(installed)]).await;
    let named: Vec<&str> =
        dump.lines().filter_map(|line| line.trim().strip_prefix("NEEDED")).map(str::trim).collect();
    assert!(named.iter().any(|library| library.contains("webkit2gtk")), "{named:?}");
    let places = run("ldd", [text(installed)]).await;
    for library in named.into_iter().filter(|library| !library.starts_with(WITHIN_PACKAGES)) {
        let names = |line: &&str| line.split_whitespace().next().is_some_and(|word| word.ends_with(library));
        let line = places.lines().find(names);
        let place = line.and_then(|line| line.split_whitespace().find(|word| word.starts_with('/')));
        let place = place.unwrap_or_else(|| panic!("{library} is nowhere"));
        // Since /lib is a link to /usr/lib, dpkg knows a file under either name.
        let bare = place.strip_prefix("/usr").unwrap_or(place);
        let owner = run("sh", ["-c", &format!("dpkg -S {bare} /usr{bare} 2>/dev/null || true")]).await;
        let owners: BTreeSet<String> =
            owner.lines().filter_map(|line| name_of(&line.replace(':', " "))).collect();
        assert!(!owners.is_disjoint(&come_along), "{library} is of {owners:?}, which no dependency brings");
    }
}

#[tokio::test]
async fn packages_install_into_an_empty_root_and_start_from_there() {
    let scene = Scene::set("installed").await;
    let (deb, rpm) = packages(scene.path()).await;
    let (root, other) = (scene.path().join("debian"), scene.path().join("fedora"));
    std::fs::create_dir_all(root.join("var/lib/dpkg/info")).expect("a root");
    std::fs::create_dir_all(root.join("var/lib/dpkg/updates")).expect("a root");
    std::fs::write(root.join("var/lib/dpkg/status"), "").expect("a list of packages");
    std::fs::create_dir_all(&other).expect("a root");
    // Whatever it depends on is not in there: that is judged apart.
    as_root(&[
        "dpkg",
        &format!("--root={}", text(&root)),
        "--force-depends",
        "--log=/dev/null",
        "-i",
        &text(&deb),
    ])
    .await;
    as_root(&[
        "rpm",
        "--root",
        &text(&other),
        "--nodeps",
        "--noscripts",
        "--force-debian",
        "-i",
        &text(&rpm),
    ])
    .await;
    let (of_deb, of_rpm) = (files(&root), files(&other));
    for path in [
        "usr/bin/ahoy",
        "usr/share/applications/Ahoy.desktop",
        "usr/share/icons/hicolor/256x256/apps/ahoy.png",
        "usr/share/icons/hicolor/scalable/apps/ahoy.svg",
        "usr/share/man/man1/ahoy.1",
    ] {
        assert!(of_deb.contains(path), "{path} is not in {of_deb:?}");
    }
    // Newer versions of rpm keep their own list there.
    let of_rpm: BTreeSet<String> = of_rpm.into_iter().filter(|path| !path.contains("lib/sysimage")).collect();
    assert_eq!(of_deb, of_rpm, "both packages bring the same");

    let share = root.join("usr/share");
    let entry = share.join("applications/Ahoy.desktop");
    run("desktop-file-validate", [text(&entry)]).await;
    run("appstreamcli", ["validate", "--no-net", &text(&share.join("metainfo/app.ahoy.phone.metainfo.xml"))])
        .await;
    let entry = std::fs::read_to_string(entry).expect("an entry");
    assert!(entry.lines().any(|line| line == "Exec=ahoy %u"), "links are not handed over: {entry}");
    for scheme in SCHEMES {
        assert!(entry.contains(&format!("x-scheme-handler/{scheme};")), "{scheme}: {entry}");
    }
    let depends = run("dpkg-deb", ["-f", &text(&deb), "Depends"]).await;
    judge_libraries(&root.join("usr/bin/ahoy"), &depends).await;

    // It runs from where it was installed, and calls.
    let options = PhoneOptions {
        program: Some(root.join("usr/bin/ahoy")),
        ..PhoneOptions::new("anna", "Anna Berg", 1, 440)
    };
    let window = PhoneWindow::start(&scene.display, &scene.space, scene.path(), options).await;
    window.call_audio("/public/echo").await;
    window.until_text("Connected").await;
    window.close().await;
}
