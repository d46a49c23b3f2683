//! The test picture as a camera.

use super::controls::MadeUpControls;
use super::pace::Pacer;
use super::scene::TestPicture;
use crate::hardware::{CameraFormat, CameraSource, DeviceError};
use crate::picture::Picture;
use crate::picture_code::Code;
use ahoy_model::CameraControl;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct TestCamera {
    size: Option<(u32, u32)>,
    fps: Option<u32>,
    sender: u16,
    running: Option<(TestPicture, Pacer)>,
    frame: u32,
    controls: Option<MadeUpControls>,
}

impl TestCamera {
    /// Without size or rate it delivers what is wanted.
    pub(super) fn new(size: Option<(u32, u32)>, fps: Option<u32>, sender: u16) -> Self {
        Self { size, fps, sender, running: None, frame: 0, controls: None }
    }

    /// The same with something to adjust.
    pub(super) fn adjustable(self) -> Self {
        Self { controls: Some(MadeUpControls::new()), ..self }
    }
}

impl CameraSource for TestCamera {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        let (width, height) =
            self.size.unwrap_or((wanted.width.clamp(32, 4096) & !1, wanted.height.clamp(32, 4096) & !1));
        let fps = self.fps.unwrap_or(wanted.fps).clamp(1, 120);
        let picture = TestPicture::new(width, height, self.sender);
        self.running = Some((picture, Pacer::new(Instant::now(), Duration::from_secs(1) / fps)));
        Ok(CameraFormat { width, height, fps })
    }

    fn next(&mut self, _patience: Duration) -> Result<Picture, DeviceError> {
        let Some((picture, pacer)) = &mut self.running else {
            return Err(DeviceError::Broken("not opened".into()));
        };
        wait_for(pacer);
        self.frame = self.frame.wrapping_add(1);
        let picture = picture.draw(self.frame, Code::now(), Instant::now());
        Ok(match &self.controls {
            Some(controls) => controls.see(picture),
            None => picture,
        })
    }

    fn controls(&mut self) -> Result<Vec<CameraControl>, DeviceError> {
        Ok(self.controls.as_ref().map(MadeUpControls::list).unwrap_or_default())
    }

    fn set_control(&mut self, id: &str, value: f64) -> Result<(), DeviceError> {
        let nothing = || DeviceError::Broken("it has no such control".into());
        self.controls.as_mut().ok_or_else(nothing)?.set(id, value)
    }
}

/// Waits until at least one step is due; what was missed is skipped, as a camera would.
pub(super) fn wait_for(pacer: &mut Pacer) -> u32 {
    loop {
        let due = pacer.due(Instant::now());
        if due > 0 {
            return due;
        }
        std::thread::sleep(pacer.deadline().saturating_duration_since(Instant::now()));
    }
}
