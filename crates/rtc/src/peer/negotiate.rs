//! Offers and answers.

use super::line::{Line, Live, agree, meet, wish};
use super::{Negotiation, Peer, View};
use crate::sdp::TransportWords;
use crate::sdp::codec::Order;
use crate::sdp::merge::Merged;
use crate::sdp::read::Description;
use crate::sdp::split::Split;
use crate::session::{RtcError, SessionConfig};
use crate::transport::Transport;
use ahoy_model::{Flow, MediaKind};
use futures_util::future::try_join_all;
use std::sync::Arc;

const KINDS: [MediaKind; 2] = [MediaKind::Audio, MediaKind::Video];

/// What has to be done with one transport before an answer can be written.
struct Errand {
    line: usize,
    transport: Arc<Transport>,
    words: TransportWords,
}

impl Peer {
    pub(crate) async fn first_offer(&self) -> Result<String, RtcError> {
        self.make_offer(self.config.clone(), false).await
    }

    pub(crate) async fn reoffer(&self, config: SessionConfig, restart_ice: bool) -> Result<String, RtcError> {
        self.make_offer(config, restart_ice).await
    }

    pub(crate) async fn first_answer(&self, offer: &str) -> Result<String, RtcError> {
        self.make_answer(self.config.clone(), offer).await
    }

    pub(crate) async fn reanswer(&self, config: SessionConfig, offer: &str) -> Result<String, RtcError> {
        self.make_answer(config, offer).await
    }

    async fn make_offer(&self, config: SessionConfig, restart: bool) -> Result<String, RtcError> {
        let mut state = self.negotiation.lock().await;
        self.check_open()?;
        // A restart takes the place of an offer whose answer was lost.
        if state.offered.is_some() && !restart {
            return Err(RtcError::WrongState("an offer still waits for its answer"));
        }
        self.drop_unwished(&mut state, &config);
        // Running transports first, each once.
        for line in &mut state.lines {
            let Some(live) = &mut line.live else { continue };
            if let Some(flow) = wish(&config, live.kind) {
                live.flow = flow;
            }
            if restart && !live.repeats {
                let words = live.transport.offer(&config, true).await?;
                if words.candidates.is_empty() {
                    return Err(RtcError::NoCandidates);
                }
                live.local = words;
                live.awaits = true;
            }
        }
        let running: Vec<MediaKind> =
            state.lines.iter().filter_map(|l| l.live.as_ref()).map(|l| l.kind).collect();
        let new = KINDS.into_iter().filter(|k| !running.contains(k) && wish(&config, *k).is_some());
        let opened = try_join_all(new.map(|kind| self.offer_section(kind, &config))).await?;
        if running.is_empty() && opened.is_empty() {
            return Err(RtcError::Incompatible);
        }
        for live in opened {
            // A rejected line of the same medium is used again; lines never go away.
            let unused = state.lines.iter().position(|l| l.live.is_none() && l.kind() == Some(live.kind));
            let index = match unused {
                Some(index) => index,
                None => {
                    let mid = free_mid(&state.lines);
                    state.lines.push(Line::ours(live.kind, mid));
                    state.lines.len() - 1
                }
            };
            if let Some(line) = state.lines.get_mut(index) {
                line.live = Some(live);
            }
        }
        let sdp = self.write(&mut state, &config, true);
        state.offered = Some(config);
        Ok(sdp)
    }

    async fn offer_section(&self, kind: MediaKind, config: &SessionConfig) -> Result<Live, RtcError> {
        let (id, transport) = self.open_transport().await?;
        let local = transport.offer(config, false).await?;
        if local.candidates.is_empty() {
            return Err(RtcError::NoCandidates);
        }
        let flow = wish(config, kind).unwrap_or(Flow::Inactive);
        Ok(Live { kind, id, transport, repeats: false, local, awaits: true, agreed: None, flow })
    }

    pub(crate) async fn accept(&self, answer: &str) -> Result<(), RtcError> {
        let mut state = self.negotiation.lock().await;
        self.check_open()?;
        let Some(config) = state.offered.clone() else {
            return Err(RtcError::WrongState("no offer waits for an answer"));
        };
        let description = Description::parse(answer)?;
        if description.sections.len() < state.lines.len() {
            return Err(RtcError::MalformedSdp("the answer has fewer sections than the offer".to_owned()));
        }
        let split = Split::of(&description);
        if bundles_unasked(&state.lines, &split) {
            return Err(RtcError::Bundled);
        }
        state.offered = None;
        let mut errands = Vec::new();
        for (index, section) in description.sections.iter().enumerate() {
            let Some(line) = state.lines.get_mut(index) else { continue };
            let Some(live) = &mut line.live else { continue };
            let fits = section.usable() && section.kind() == Some(live.kind);
            // Whoever answers takes all that he lists. Of these a browser sends what our offer prefers, whatever its own order.
            let agreed = if fits { agree(&config, live.kind, section, Order::Ours) } else { None };
            match (agreed, section.words()) {
                (Some(agreed), Some(words)) => {
                    live.agreed = Some(agreed);
                    live.flow = meet(live.flow, section.flow);
                    live.apply();
                    self.board.in_use(live.id, live.kind);
                    if std::mem::take(&mut live.awaits) {
                        errands.push((Arc::clone(&live.transport), words));
                    }
                }
                _ => self.drop_line(&mut state.lines, index),
            }
        }
        self.publish(&state.lines);
        if state.lines.iter().all(|l| l.live.is_none()) {
            return Err(RtcError::Incompatible);
        }
        let lite = description.ice_lite;
        try_join_all(errands.iter().map(|(transport, words)| transport.accept(words, lite))).await?;
        Ok(())
    }

    async fn make_answer(&self, config: SessionConfig, offer: &str) -> Result<String, RtcError> {
        let mut state = self.negotiation.lock().await;
        self.check_open()?;
        if state.offered.is_some() {
            return Err(RtcError::WrongState("an offer of ours waits for its answer"));
        }
        let description = Description::parse(offer)?;
        if description.sections.len() < state.lines.len() {
            return Err(RtcError::MalformedSdp("the offer has fewer sections than the session".to_owned()));
        }
        let split = Split::of(&description);
        let mut errands: Vec<Errand> = Vec::new();
        for (index, section) in description.sections.iter().enumerate() {
            if index >= state.lines.len() {
                state.lines.push(Line::theirs(section));
            }
            if let Some(line) = state.lines.get_mut(index) {
                line.mid.clone_from(&section.mid);
            }
            self.answer_section(&mut state, &config, &description, &split, index, &mut errands).await?;
        }
        self.publish(&state.lines);
        if state.lines.iter().all(|l| l.live.is_none()) {
            return Err(RtcError::Incompatible);
        }
        let lite = description.ice_lite;
        let answers = errands
            .iter()
            .map(|e| async { Ok((e.line, e.transport.answer(&e.words, lite, &config).await?)) });
        for (index, words) in try_join_all(answers).await? {
            if words.candidates.is_empty() {
                return Err(RtcError::NoCandidates);
            }
            let transport = errands.iter().find(|e| e.line == index).map(|e| Arc::clone(&e.transport));
            for live in state.lines.iter_mut().filter_map(|l| l.live.as_mut()) {
                if transport.as_ref().is_some_and(|t| Arc::ptr_eq(t, &live.transport)) {
                    live.local.clone_from(&words);
                }
            }
        }
        if split.is_bundled() {
            state.group = Some(answered_group(&state.lines));
        }
        Ok(self.write(&mut state, &config, false))
    }

    /// Settles one section of their offer; what its transport needs becomes an errand.
    async fn answer_section(
        &self,
        state: &mut Negotiation,
        config: &SessionConfig,
        description: &Description,
        split: &Split,
        index: usize,
        errands: &mut Vec<Errand>,
    ) -> Result<(), RtcError> {
        let Some(section) = description.sections.get(index) else { return Ok(()) };
        let owner = split.owners.get(index).copied().flatten();
        let kind = section.kind();
        let taken = state
            .lines
            .iter()
            .enumerate()
            .any(|(i, l)| i != index && l.live.as_ref().map(|l| l.kind) == kind);
        let order = if config.follow_offer { Order::Theirs } else { Order::Ours };
        let agreed = match (kind, owner) {
            (Some(kind), Some(_)) if !taken => agree(config, kind, section, order).zip(Some(kind)),
            _ => None,
        };
        let (Some((agreed, kind)), Some(owner)) = (agreed, owner) else {
            self.drop_line(&mut state.lines, index);
            return Ok(());
        };
        // In a group the first section's words are the transport's.
        let Some(words) = description.sections.get(owner).and_then(|s| s.words()) else { return Ok(()) };
        let flow = meet(wish(config, kind).unwrap_or(Flow::Inactive), section.flow);
        let running = state.lines.get_mut(index).and_then(|l| l.live.as_mut());
        if let Some(live) = running {
            live.agreed = Some(agreed);
            live.flow = flow;
            live.apply();
            if live.transport.restarted_by(&words) && !live.repeats {
                errands.push(Errand { line: index, transport: Arc::clone(&live.transport), words });
            }
            return Ok(());
        }
        let shared = state
            .lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != index && split.owners.get(*i).copied().flatten() == Some(owner))
            .find_map(|(_, l)| l.live.as_ref())
            .map(|live| (live.id, Arc::clone(&live.transport), live.local.clone()));
        let repeats = shared.is_some();
        let (id, transport, local) = match shared {
            Some(shared) => shared,
            None => {
                let (id, transport) = self.open_transport().await?;
                errands.push(Errand { line: index, transport: Arc::clone(&transport), words: words.clone() });
                (id, transport, words)
            }
        };
        let live = Live { kind, id, transport, repeats, local, awaits: false, agreed: Some(agreed), flow };
        live.apply();
        self.board.in_use(id, kind);
        if let Some(line) = state.lines.get_mut(index) {
            line.live = Some(live);
        }
        Ok(())
    }

    /// Sections that are no longer wished for become rejected lines.
    fn drop_unwished(&self, state: &mut Negotiation, config: &SessionConfig) {
        for index in 0..state.lines.len() {
            let live = state.lines.get(index).and_then(|l| l.live.as_ref());
            if live.is_some_and(|live| wish(config, live.kind).is_none()) {
                self.drop_line(&mut state.lines, index);
            }
        }
        self.publish(&state.lines);
    }

    /// Rejects a line; its transport goes when no other line has it.
    fn drop_line(&self, lines: &mut [Line], index: usize) {
        let Some(gone) = lines.get_mut(index).and_then(|l| l.live.take()) else { return };
        gone.withdraw();
        let heir = lines
            .iter_mut()
            .filter_map(|l| l.live.as_mut())
            .find(|l| Arc::ptr_eq(&l.transport, &gone.transport));
        match heir {
            Some(heir) => heir.repeats = heir.repeats && gone.repeats,
            None => self.close_later(gone.id, gone.transport),
        }
    }

    fn publish(&self, lines: &[Line]) {
        use super::line::AgreedMedia;
        let mut view = View::default();
        for live in lines.iter().filter_map(|l| l.live.as_ref()) {
            match &live.agreed {
                Some(AgreedMedia::Audio(agreed)) => {
                    view.audio = Some(live.transport.port().clone());
                    view.negotiated.audio = Some((agreed.codec, live.flow));
                    view.negotiated.stereo = agreed.hears_stereo();
                }
                Some(AgreedMedia::Video(agreed)) => {
                    view.video = Some(live.transport.port().clone());
                    view.negotiated.video = Some((agreed.codec, live.flow));
                }
                None => {}
            }
        }
        *self.lock_view() = view;
    }

    fn write(&self, state: &mut Negotiation, config: &SessionConfig, as_offer: bool) -> String {
        state.version += 1;
        let ssrcs = [self.setup.audio_ssrc, self.setup.video_ssrc, self.setup.rtx_ssrc];
        let tracks: Vec<String> =
            state.lines.iter().map(|l| format!("{}-{}", self.config.stream, l.media)).collect();
        let sections = state
            .lines
            .iter()
            .zip(&tracks)
            .map(|(l, track)| l.write(config, as_offer, ssrcs, track))
            .collect();
        Merged {
            id: self.id,
            version: state.version,
            stream: &self.config.stream,
            group: state.group.as_deref(),
            sections,
        }
        .write()
    }

    fn check_open(&self) -> Result<(), RtcError> {
        if self.is_closed() { Err(RtcError::Closed) } else { Ok(()) }
    }
}

/// The far side put sections on one transport that we offered as separate ones.
fn bundles_unasked(lines: &[Line], split: &Split) -> bool {
    lines.iter().zip(&split.owners).enumerate().any(|(index, (line, owner))| {
        let separate = line.live.as_ref().is_some_and(|live| !live.repeats);
        separate && owner.is_some_and(|owner| owner != index)
    })
}

fn answered_group(lines: &[Line]) -> Vec<String> {
    lines.iter().filter(|l| l.live.is_some()).filter_map(|l| l.mid.clone()).collect()
}

fn free_mid(lines: &[Line]) -> String {
    let used = |mid: &str| lines.iter().any(|l| l.mid.as_deref() == Some(mid));
    (lines.len()..).map(|n| n.to_string()).find(|mid| !used(mid)).unwrap_or_default()
}
