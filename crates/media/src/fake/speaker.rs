//! Speakers that nobody hears: one that records, one that throws away. Both take sound in real time.

use super::pace::{Pacer, StopOnDrop, stop_pair};
use crate::hardware::{DeviceError, LeftRight, SAMPLE_RATE, STEP, SoundEnded, SpeakerSink};
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How far the recording may lag behind when sound comes late, before the lack is recorded as silence. Samples: 50 ms, what a
/// sound card's own buffer would bridge.
const PATIENCE: usize = 50 * 48;
/// The header is brought up to date this often, in steps of 10 ms: a killed process leaves a file that lacks no more.
const HEADER_EVERY: u32 = 10;

#[derive(Debug)]
pub(super) struct MadeUpSpeaker {
    recording: Option<PathBuf>,
    unplugged: Arc<AtomicBool>,
    running: Option<(StopOnDrop, JoinHandle<()>)>,
}

impl MadeUpSpeaker {
    /// `None` throws the sound away.
    pub(super) fn new(recording: Option<PathBuf>) -> Self {
        Self { recording, unplugged: Arc::default(), running: None }
    }

    /// Ends with `Absent` when `unplugged` becomes true.
    pub(super) fn unplugged_by(mut self, unplugged: Arc<AtomicBool>) -> Self {
        self.unplugged = unplugged;
        self
    }

    fn create(path: &PathBuf) -> Result<hound::WavWriter<BufWriter<File>>, DeviceError> {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let failed = |error: hound::Error| DeviceError::File(format!("{}: {error}", path.display()));
        let mut writer = hound::WavWriter::create(path, spec).map_err(failed)?;
        writer.flush().map_err(failed)?;
        Ok(writer)
    }
}

impl SpeakerSink for MadeUpSpeaker {
    fn start(
        &mut self,
        mut samples: rtrb::Consumer<LeftRight>,
        ended: SoundEnded,
    ) -> Result<(), DeviceError> {
        let mut writer = self.recording.as_ref().map(Self::create).transpose()?;
        let (handle, stop) = stop_pair();
        let unplugged = self.unplugged.clone();
        let run = move || {
            let mut pacer = Pacer::new(Instant::now(), Duration::from_millis(10));
            let mut buffer = vec![LeftRight::default(); PATIENCE * 16];
            let (mut owed, mut since_header) = (0usize, 0u32);
            while stop.wait_until(pacer.deadline()) {
                if unplugged.load(Ordering::Relaxed) {
                    ended(DeviceError::Absent);
                    return;
                }
                let due = pacer.due(Instant::now());
                owed = (owed + due as usize * STEP).min(buffer.len());
                let Some(room) = buffer.get_mut(..owed) else { continue };
                let (taken, rest) = samples.pop_partial_slice(room);
                let mut made = taken.len();
                if rest.len() > PATIENCE {
                    let lack = rest.len() - PATIENCE;
                    rest.iter_mut().take(lack).for_each(|pair| *pair = [0.0; 2]);
                    made += lack;
                }
                owed -= made;
                since_header += due;
                let Some(writer) = &mut writer else { continue };
                let mut write = || -> Result<(), hound::Error> {
                    for sample in buffer.iter().take(made).flatten() {
                        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)?;
                    }
                    if since_header >= HEADER_EVERY {
                        since_header = 0;
                        writer.flush()?;
                    }
                    Ok(())
                };
                if let Err(error) = write() {
                    ended(DeviceError::File(error.to_string()));
                    return;
                }
            }
            if let Some(writer) = writer
                && let Err(error) = writer.finalize()
            {
                tracing::warn!(%error, "the recording could not be finished");
            }
        };
        let thread = std::thread::Builder::new()
            .name("speaker".into())
            .spawn(run)
            .map_err(|error| DeviceError::Broken(error.to_string()))?;
        self.running = Some((handle, thread));
        Ok(())
    }

    fn latency(&self) -> Option<u32> {
        Some(0)
    }
}

impl Drop for MadeUpSpeaker {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            // Ends within a step; then the file is whole.
            let _ = thread.join();
        }
    }
}
