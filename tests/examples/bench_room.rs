//! What a room costs the space: 2, 4, 8 and 16 members at 360p30 here, the space alone in its own process.
//!
//! `cargo xtask bench room [seconds] [most members]`. CPU is that of the space's process, in percent of one core. The first two
//! members are headless phones, and speak; the delay is from a picture's capture at the second to the room's picture at the
//! first, read off number plates. The others send what was encoded beforehand and count what they receive, so that the
//! machine is left to the space. The time to join is from dialling to the first picture of the room.

use ahoy_media::picture_code::Code;
use ahoy_model::CallId;
use ahoy_phone::{CallView, LayerView};
use ahoy_tests::canned_member::CannedMember;
use ahoy_tests::headless::HeadlessPhone;
use ahoy_tests::plates::plate_of;
use ahoy_tests::space::SpaceProcess;
use ahoy_tests::usage::Tree;
use std::time::{Duration, Instant};

const LOBBY: &str = "/public/lobby";
const SIZES: [usize; 4] = [2, 4, 8, 16];

#[tokio::main]
async fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_u64);
    let most = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let space = SpaceProcess::start(folder.path(), &[]).await;
    let mut phones: Vec<(HeadlessPhone, CallId)> = Vec::new();
    let mut canned: Vec<CannedMember> = Vec::new();
    println!("members  space CPU %  % each  fps  delay p50/p95 ms  memory MB  slowest member's fps");
    let (mut figures, mut joins) = (Vec::new(), Vec::new());
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        while phones.len() + canned.len() < size {
            let number = (phones.len() + canned.len()) as u16 + 1;
            let name = format!("member{number}");
            if phones.len() < 2 {
                let tone = 300 + 170 * u32::from(number);
                let mut phone = HeadlessPhone::start(&space, folder.path(), &name, number, tone).await;
                let dialled = Instant::now();
                let call = phone.dial(LOBBY, true).await;
                let mut pictures = phone.pictures(&call).await;
                pictures.next().await.expect("the room has a picture");
                joins.push(dialled.elapsed().as_secs_f64() * 1_000.0);
                phones.push((phone, call));
            } else {
                let reel = CannedMember::reel(number);
                let dialled = Instant::now();
                canned.push(CannedMember::join(&space, &name, LOBBY, reel).await);
                joins.push(dialled.elapsed().as_secs_f64() * 1_000.0);
            }
        }
        for (phone, call) in &mut phones {
            let all_shown = |call: &CallView| shown(call).count() == size;
            phone.call_until(call, "everybody is in the picture", all_shown).await;
        }
        // Decoders, estimates and bit rates need a moment after the last one has come.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let tree = Tree::below(&[space.process.id()]);
        let before = tree.processor_seconds();
        let counts = |canned: &[CannedMember]| -> Vec<u32> {
            canned.iter().map(|member| *member.pictures.borrow()).collect()
        };
        let earlier = counts(&canned);
        let (fps, mut delays) = watch(&mut phones, seconds).await;
        let rates = counts(&canned)
            .into_iter()
            .zip(earlier)
            .map(|(now, then)| f64::from(now - then) / seconds as f64);
        let slowest = rates.fold(fps, f64::min);
        let cpu = (tree.processor_seconds() - before) / seconds as f64 * 100.0;
        delays.sort_by(f64::total_cmp);
        let at = |part: f64| {
            delays.get((delays.len().saturating_sub(1) as f64 * part) as usize).copied().unwrap_or(f64::NAN)
        };
        println!(
            "{size:7}  {cpu:11.1}  {:6.1}  {fps:3.0}  {:8.0}/{:<7.0}  {:9.0}  {slowest:5.0}",
            cpu / size as f64,
            at(0.5),
            at(0.95),
            tree.memory()
        );
        figures.push((size as f64, cpu));
    }
    joins.sort_by(f64::total_cmp);
    let join = |part: f64| {
        joins.get((joins.len().saturating_sub(1) as f64 * part) as usize).copied().unwrap_or(f64::NAN)
    };
    println!(
        "joining: from dialling to the first picture {:.0} ms at the median, {:.0} ms at most; the gate is 500 ms",
        join(0.5),
        join(1.0)
    );
    if let (Some(first), Some(last)) = (figures.first(), figures.last()) {
        let slope = (last.1 - first.1) / (last.0 - first.0);
        println!(
            "each further member costs {slope:.1} % of a core; the gate for 16 members is 60 % (first 100 %)"
        );
    }
    for (phone, call) in phones {
        let _ = phone.handle.hang_up(call).await;
        phone.shut_down().await;
    }
}

fn shown(call: &CallView) -> impl Iterator<Item = &LayerView> {
    call.room.iter().flat_map(|room| &room.layers).filter(|layer| layer.member.is_some())
}

/// Pictures a second at the first phone, and the ages of all plates in them.
async fn watch(phones: &mut [(HeadlessPhone, CallId)], seconds: u64) -> (f64, Vec<f64>) {
    let Some((phone, call)) = phones.first_mut() else { return (0.0, Vec::new()) };
    let layers: Vec<LayerView> = phone.call(call).iter().flat_map(|call| shown(call).cloned()).collect();
    let mut pictures = phone.pictures(call).await;
    let (mut count, mut delays) = (0_u32, Vec::new());
    let watching = async {
        while let Some(picture) = pictures.next().await {
            count += 1;
            let now = Code::now();
            // What was encoded beforehand tells no time.
            let plates =
                layers.iter().filter_map(|layer| plate_of(&picture, layer)).filter(|code| code.sender == 2);
            delays.extend(plates.map(|code| f64::from(code.age(now))));
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(seconds), watching).await;
    (f64::from(count) / seconds as f64, delays)
}
