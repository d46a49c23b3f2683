use super::script::ScriptError;
use super::verbs::HangupReason;
use super::*;
use crate::play::Playable;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn read(sections: Value) -> Result<Document, Problem> {
    Document::read(&json!({ "version": "1.0.0", "sections": sections }))
}

fn main(steps: Value) -> Result<Document, Problem> {
    read(json!({ "main": steps }))
}

/// All that a document does, ending with its hang-up; connects fail and nothing is fetched.
fn run(document: Document) -> Vec<Doing> {
    let mut script = Script::new(Arc::new(document));
    let mut done = Vec::new();
    loop {
        let doing = script.next().expect("it goes on");
        let end = matches!(doing, Doing::Hangup(_));
        done.push(doing);
        if end {
            return done;
        }
    }
}

fn digits(done: &[Doing]) -> String {
    done.iter()
        .filter_map(|doing| if let Doing::SendDigits(digits) = doing { Some(digits.as_str()) } else { None })
        .collect()
}

fn press(digits: &str) -> Value {
    json!({ "send_digits": { "digits": digits } })
}

#[test]
fn the_documented_example_is_read_from_json_and_yaml() {
    let object = json!({"version": "1.0.0", "sections": {"main": [{"play": {"url": "https://example.org/film.mp4"}}]}});
    let yaml = "version: 1.0.0\nsections:\n  main:\n    - play:\n        url: https://example.org/film.mp4\n";
    let all = [object.clone(), Value::String(object.to_string()), Value::String(yaml.to_owned())];
    for form in all {
        let document = Document::read(&form).expect("a document");
        assert!(document.may_have_pictures());
        let done = run(document);
        assert!(
            matches!(&done[..], [Doing::Play(play), Doing::Hangup(HangupReason::Hangup)]
            if matches!(&play.list.items[..], [Playable::Url(url)] if url.path() == "/film.mp4")),
            "{done:?}"
        );
    }
}

#[test]
fn every_verb_is_read() {
    let document = main(json!([
        "answer",
        { "answer": { "max_duration": 60 } },
        { "play": { "urls": ["silence:1.5", "ring:us", "ring:10:de", "say:Hello: you", "file:a/b.wav", "c.mp3"], "volume": -3, "loop": 2 } },
        { "sleep": 250 },
        { "sleep": { "duration": 1000 } },
        press("12#w"),
        { "user_event": { "event": { "type": "x" } } },
        { "join_room": { "name": "lobby" } },
        { "connect": { "to": "/private/bob", "timeout": 5 } },
        { "hangup": { "reason": "busy" } },
    ]))
    .expect("a document");
    let done = run(document);
    let Doing::Play(play) = &done[2] else { panic!("{done:?}") };
    assert_eq!((play.list.volume, play.list.times, play.list.items.len()), (-3.0, Some(2), 6));
    assert_eq!(play.list.items[0], Playable::Silence(Duration::from_millis(1500)));
    assert_eq!(play.list.items[3], Playable::Say("Hello: you".into()));
    assert_eq!(play.list.items[5], Playable::File("c.mp3".into()));
    assert_eq!(done[3], Doing::Sleep(Duration::from_millis(250)));
    let Doing::JoinRoom(room) = &done[7] else { panic!("{done:?}") };
    assert_eq!(room.path(), "/public/lobby");
    let Doing::Connect(connect) = &done[8] else { panic!("{done:?}") };
    assert_eq!(connect.waves[0][0].timeout, Duration::from_secs(5));
    assert_eq!(done[9], Doing::Hangup(HangupReason::Busy));
    assert_eq!(HangupReason::Busy.cause(), ahoy_model::HangupCause::UserBusy);
}

#[test]
fn sections_labels_and_branches_lead_where_they_say() {
    let document = read(json!({
        "main": [
            press("1"),
            { "execute": { "dest": "greet" } },
            { "label": "again" },
            press("4"),
            { "goto": { "label": "again", "max": 2 } },
            { "transfer": { "dest": "end" } },
            press("9"),
        ],
        "greet": [press("2"), { "execute": "deep" }, "return", press("9")],
        "deep": [press("3")],
        "end": [press("5")],
    }));
    assert_eq!(digits(&run(document.expect("a document"))), "1234445");

    let connect = json!([{ "connect": {
        "serial": [{ "to": "/private/a" }, { "to": "b", "timeout": 3 }],
        "result": { "case": { "connected": [press("1")] }, "default": [press("2")] },
    } }, press("3")]);
    let document = Arc::new(main(connect).expect("a document"));
    for (talked, pressed) in [(true, "13"), (false, "23")] {
        let mut script = Script::new(Arc::clone(&document));
        let Ok(Doing::Connect(connect)) = script.next() else { panic!("a connect") };
        assert_eq!(connect.waves.len(), 2);
        script
            .branch(if talked { connect.connected } else { connect.failed }.expect("a branch"))
            .expect("room");
        let rest: Vec<Doing> = (0..3).map(|_| script.next().expect("it goes on")).collect();
        assert_eq!(digits(&rest), pressed);
    }
}

#[test]
fn scripts_without_end_are_stopped() {
    let circle = read(json!({ "main": [{ "execute": "main" }] })).expect("a document");
    let mut script = Script::new(Arc::new(circle));
    assert_eq!(script.next(), Err(ScriptError::TooDeep));
    let dance = read(json!({ "main": [{ "transfer": "other" }], "other": [{ "transfer": "main" }] }))
        .expect("a document");
    assert_eq!(Script::new(Arc::new(dance)).next(), Err(ScriptError::TooLong));
    let sleeper = main(json!([{ "label": "x" }, { "sleep": 40_000_000 }, { "goto": { "label": "x" } }]))
        .expect("a document");
    let mut script = Script::new(Arc::new(sleeper));
    let end = (0..10).find_map(|_| script.next().err());
    assert_eq!(end, Some(ScriptError::Sleeper));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let long: Vec<Value> = (0..600).map(|_| json!("answer")).collect();
    let cases = [
        (json!([{ "ai": { "prompt": {} } }]), "/sections/main/0/ai", "the verb ai is not supported"),
        (json!(["answer", { "record": {} }]), "/sections/main/1/record", "the verb record is not supported"),
        (json!([{ "play": { "url": "ftp://x/y" } }]), "/sections/main/0/play/url", "must be http"),
        (
            json!([{ "play": { "url": "../space.db" } }]),
            "/sections/main/0/play/url",
            "inside the media folder",
        ),
        (
            json!([{ "play": { "url": "/etc/passwd" } }]),
            "/sections/main/0/play/url",
            "inside the media folder",
        ),
        (
            json!([{ "play": { "urls": ["silence:1", "silence:x"] } }]),
            "/sections/main/0/play/urls/1",
            "seconds",
        ),
        (json!([{ "play": { "url": "ring:xx" } }]), "/sections/main/0/play/url", "country"),
        (json!([{ "play": {} }]), "/sections/main/0/play/url", "is missing"),
        (
            json!([{ "play": { "url": "a.wav", "urls": ["b.wav"] } }]),
            "/sections/main/0/play/urls",
            "together",
        ),
        (
            json!([{ "play": { "url": "a.wav", "volume": 90 } }]),
            "/sections/main/0/play/volume",
            "from -40 to 40",
        ),
        (
            json!([{ "play": { "url": "say:%{args.name}" } }]),
            "/sections/main/0/play/url",
            "variables are not supported",
        ),
        (json!([{ "play": { "url": "a.wav", "speed": 2 } }]), "/sections/main/0/play/speed", "not supported"),
        (json!([{ "goto": { "label": "nowhere" } }]), "/sections/main/0/goto", "no label nowhere"),
        (json!([{ "execute": "nowhere" }]), "/sections/main/0/execute", "no section nowhere"),
        (
            json!([{ "connect": { "to": "+15550100199" } }]),
            "/sections/main/0/connect/to",
            "no line to phone numbers",
        ),
        (
            json!([{ "connect": { "to": "bob", "result": [] } }]),
            "/sections/main/0/connect/result",
            "use case",
        ),
        (
            json!([{ "connect": { "to": "bob", "confirm": "x" } }]),
            "/sections/main/0/connect/confirm",
            "not supported",
        ),
        (
            json!([{ "connect": { "to": "bob", "result": { "case": { "connected": [{ "x/y~z": 1 }] } } } }]),
            "/sections/main/0/connect/result/case/connected/0/x~1y~0z",
            "not supported",
        ),
        (json!([{ "sleep": -1 }]), "/sections/main/0/sleep", "a time in ms"),
        (json!([{ "sleep": 86_400_000 }, { "sleep": 1 }]), "/sections/main/1/sleep", "longer than a day"),
        (json!([{ "answer": {}, "hangup": {} }]), "/sections/main/0", "exactly one verb"),
        (json!([7]), "/sections/main/0", "must be a verb"),
        (json!("answer"), "/sections/main", "must be a list"),
        (Value::Array(long), "/sections/main/500", "more than 500"),
    ];
    for (steps, at, what) in cases {
        let problem = main(steps.clone()).expect_err(&steps.to_string());
        assert_eq!(problem.at, at, "{problem}");
        assert!(problem.what.contains(what) && problem.to_string().contains(at), "{problem}");
    }
    assert_eq!(read(json!({})).expect_err("no main").at, "/sections");
    assert!(Document::parse("{").expect_err("no JSON").what.contains("JSON"));
    assert!(Document::parse("a: [").expect_err("no YAML").what.contains("YAML"));
    assert!(Document::parse("- x").is_err() && Document::parse("").is_err());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(Document::parse(bomb).is_err());
}

#[test]
fn a_damaged_document_is_refused_and_nothing_panics() {
    let whole = json!({"version": "1.0.0", "sections": {
        "main": ["answer", { "play": { "urls": ["silence:1.5", "ring:10:us", "say:Hello", "https://example.org/a.mp4"], "volume": 3, "loop": 2 } },
            { "connect": { "serial_parallel": [[{ "to": "/private/a" }, { "to": "b" }]], "result": { "case": { "failed": [{ "sleep": 5 }] } } } },
            { "goto": { "label": "x", "max": 3 } }, { "label": "x" }, { "execute": { "dest": "s" } }, { "hangup": {} }],
        "s": [{ "send_digits": { "digits": "1" } }, { "user_event": { "event": {} } }, "return"],
    }})
    .to_string();
    let yaml = "version: 1.0.0\nsections:\n  main:\n    - answer: {}\n    - play: {url: 'silence:1'}\n    - sleep: 5\n    - label: x\n    - goto: {label: x, max: 2}\n";
    let mut random = fastrand::Rng::with_seed(7);
    let mut read = 0;
    for round in 0..1_500 {
        let mut bytes = if round % 2 == 0 { whole.clone() } else { yaml.to_owned() }.into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(0..bytes.len());
            match random.u8(0..4) {
                0 => bytes[at] = random.u8(32..127),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *random.choice(b"{}[]:,\"'&*-#\n 0123e").expect("some")),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let Ok(document) = Document::parse(&text) {
            read += 1;
            let mut script = Script::new(Arc::new(document));
            for _ in 0..200 {
                if matches!(script.next(), Ok(Doing::Hangup(_)) | Err(_)) {
                    break;
                }
            }
        }
    }
    assert!(read > 20, "some damage does no harm: {read}");
}

#[test]
fn only_names_lead_into_the_library() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("swml")).expect("made");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join("swml").join(name), text).expect("written")
    };
    write("welcome.yaml", "sections:\n  main:\n    - answer\n");
    write("broken.json", "{}");
    write("echo.json", "{}");
    std::fs::write(folder.path().join("secret.json"), "{}").expect("written");
    let library = Library::new(Some(folder.path()));
    assert_eq!(library.names(), ["welcome"]);
    assert!(Library::open(&library.find("welcome").expect("it is there")).is_ok());
    assert!(Library::open(&library.find("broken").expect("it is there")).is_err());
    for name in ["../secret", "secret", "..", "", "echo", "Welcome", "welcome.yaml/.."] {
        assert_eq!(library.find(name), None, "{name}");
    }
    assert_eq!(Library::new(None).find("welcome"), None);
}
