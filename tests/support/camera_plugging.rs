//! Rounds of a camera that is pulled out and plugged in during a call, or goes wrong in some way and is replaced.

use super::headless::HeadlessPhone;
use super::plugging::costs;
use super::space::SpaceProcess;
use ahoy_media::fake::{CameraFault, FakeHardware};
use ahoy_media::picture_code;
use ahoy_media::{DeviceError, slot::SlotReader};
use ahoy_model::{CallId, DeviceId, DeviceInfo, DeviceKind, DeviceState};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds after which everything that is made once has been made.
const WARM: usize = 6;
const LIMIT: Duration = Duration::from_secs(30);

/// What the rounds cost.
pub struct CameraRounds {
    /// From the plug until the far side sees a picture of the new camera, one a round.
    pub back: Vec<Duration>,
    /// Threads, open files and resident memory (kB) after the first rounds, in the middle and at the end.
    pub before: [u64; 3],
    pub middle: [u64; 3],
    pub after: [u64; 3],
}

/// How a camera may go wrong, and what is said of it then. `None`: it works all the same.
fn faults() -> [Option<(CameraFault, Option<DeviceState>)>; 6] {
    let broken = DeviceError::Broken("a loose wire".to_owned());
    [
        None,
        Some((CameraFault::FailsAfter(10, broken), Some(DeviceState::Broken))),
        Some((CameraFault::ChangesSizeAfter(5, 320, 240), None)),
        Some((CameraFault::FailsOnOpen(DeviceError::Busy), Some(DeviceState::Busy))),
        Some((CameraFault::Overstrained(360, 15), None)),
        Some((CameraFault::HangsAfter(10), Some(DeviceState::Hung))),
    ]
}

/// Anna's only camera is seen by Bruno; `rounds` times it goes wrong in its turn, is pulled out, and another one like it is
/// plugged in.
pub async fn camera_rounds(folder: &Path, rounds: usize) -> CameraRounds {
    let space = SpaceProcess::start(folder, &[]).await;
    let hardware = Arc::new(FakeHardware::new());
    let id = DeviceId::new("usb:1234:5678");
    let info = DeviceInfo {
        id: id.clone(),
        kind: DeviceKind::Camera,
        name: "Webcam".to_owned(),
        is_default: true,
        plugged: 0,
    };
    let shows = |number: u16| DeviceId::new(format!("test:picture=640x360@30,sender={number}"));
    hardware.plug(info.clone(), shows(1));
    let account = HeadlessPhone::account(&space, "anna").await;
    let wired = hardware.clone();
    let mut anna = HeadlessPhone::join(account, folder, "anna", 1, 440, |config| {
        config.hardware = wired;
        config.settings.camera = Some(id.clone());
    })
    .await;
    let mut bruno = HeadlessPhone::start(&space, folder, "bruno", 9_999, 660).await;
    let call = anna.dial("bruno", true).await;
    let ringing = bruno.rings().await;
    bruno.handle.answer(ringing.id.clone(), true).await.expect("an answer");
    let mut pictures = bruno.pictures(&ringing.id).await;
    seen(&mut pictures, 1).await;
    let mut result = CameraRounds { back: Vec::new(), before: [0; 3], middle: [0; 3], after: [0; 3] };
    let mut number = 1;
    for round in 0..rounds {
        if round == WARM.min(rounds - 1) {
            result.before = costs();
        }
        if round == rounds / 2 {
            result.middle = costs();
        }
        let fault = faults().into_iter().nth(round % faults().len()).flatten();
        if let Some((fault, state)) = fault {
            hardware.unplug(&id);
            camera_is(&mut anna, DeviceState::Absent).await;
            number += 1;
            let plugged = Instant::now();
            hardware.plug_faulty(info.clone(), shows(number), fault);
            match state {
                Some(state) => camera_is(&mut anna, state).await,
                None => {
                    seen(&mut pictures, number).await;
                    result.back.push(plugged.elapsed());
                }
            }
        }
        hardware.unplug(&id);
        camera_is(&mut anna, DeviceState::Absent).await;
        number += 1;
        let plugged = Instant::now();
        hardware.plug(info.clone(), shows(number));
        seen(&mut pictures, number).await;
        result.back.push(plugged.elapsed());
        still_talking(&anna, &call);
    }
    result.after = costs();
    anna.handle.hang_up(call).await.expect("it was a call");
    anna.shut_down().await;
    bruno.shut_down().await;
    result
}

/// Waits for a picture of that camera.
async fn seen(pictures: &mut SlotReader<ahoy_media::Picture>, number: u16) {
    let search = async {
        while let Some(picture) = pictures.next().await {
            if picture_code::read(&picture).is_some_and(|code| code.sender == number) {
                return;
            }
        }
        panic!("the pictures have ended");
    };
    tokio::time::timeout(LIMIT, search).await.unwrap_or_else(|_| panic!("camera {number} is not seen"));
}

async fn camera_is(phone: &mut HeadlessPhone, state: DeviceState) {
    phone
        .until(&format!("the camera is {state:?}"), |snapshot| {
            let choice = snapshot.devices.choices.iter().find(|choice| choice.kind == DeviceKind::Camera);
            choice.is_some_and(|choice| choice.state == state)
        })
        .await;
}

fn still_talking(phone: &HeadlessPhone, call: &CallId) {
    assert!(phone.call(call).is_some_and(|call| call.status.is_answered()), "the call goes on");
}
