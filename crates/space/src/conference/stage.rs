//! Who is shown where, and who is sent what.

use super::broadcast::{Kind, Viewer};
use super::canvas::{LineId, Tile};
use super::desk::{PACKETS, Plug, SoundOut};
use super::intake::Link;
use super::layout::{Area, Layout};
use super::playback::Playback;
use super::recording::Recording;
use super::room::{FLOOR, Room};
use super::seating::{self, Seat, Sitter};
use ahoy_media::engine::VideoReceiver;
use ahoy_model::MemberId;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Ranks a raised hand before everybody who has spoken.
const HAND: u64 = 1 << 48;

impl Room {
    /// Gives a line its sound, as agreed.
    pub(super) fn plug(&mut self, id: LineId) {
        let room = self.own.clone();
        let Some(line) = self.line(id) else { return };
        let (hears, speaks) = line.sound();
        let owner = self.lines.iter().find(|owner| Some(&owner.leg) == line.parent.as_ref());
        let beside = owner.map(|owner| owner.id);
        let (packets, arrived) = mpsc::channel(PACKETS);
        let exit = line.exit.clone();
        let send: SoundOut = Box::new(move |packet| exit.send_audio(packet));
        let plug = Plug {
            hears: hears.map(|codec| (codec, arrived)),
            speaks: speaks.map(|codec| (codec, send)),
            beside,
            mixing: line.attendee.mixing(),
        };
        self.sound.plug(id, plug);
        let link = Link { line: id, room, sound: hears.map(|_| packets), picture: line.decoder.clone() };
        line.link.send_replace(Some(link));
    }

    /// Seats everybody, and does what follows from it. `newcomer` is told the layout even if it is as before.
    pub(super) fn arrange(&mut self, newcomer: Option<LineId>) {
        let seats = seating::seat(self.sheet.layout, self.sheet.canvas, &self.sitters(), &self.seats);
        let moved = seats != self.seats;
        self.seats = seats;
        self.watched = self.is_watched();
        self.decode();
        self.show();
        if moved {
            self.tell_visible();
        }
        if moved || newcomer.is_some() {
            let event = self.layout();
            let people = self.lines.iter().filter(|line| line.parent.is_none());
            let told = people.filter(|line| moved || Some(line.id) == newcomer);
            told.for_each(|line| line.session.event(event.clone()));
        }
        self.serve();
    }

    /// Somebody's path takes pictures, or they are recorded.
    fn is_watched(&self) -> bool {
        self.lines.iter().any(|line| line.kind().is_some())
            || self.recording.as_ref().is_some_and(Recording::runs)
    }

    fn sitters(&self) -> Vec<Sitter<LineId>> {
        let shown = self.lines.iter().filter(|line| {
            let hidden = self.sheet.hide_video_muted && !line.attendee.has_picture();
            !line.attendee.is_audience() && !hidden
        });
        shown
            .map(|line| {
                let hand = self.sheet.prioritize_handraise && line.attendee.hand_is_up();
                Sitter {
                    who: line.id,
                    wish: line.attendee.wish,
                    screen: line.attendee.is_screen(),
                    spoke: if hand { HAND | line.attendee.spoke } else { line.attendee.spoke },
                }
            })
            .chain(self.playback.as_ref().and_then(Playback::sitter))
            .collect()
    }

    fn area_of(&self, id: LineId) -> Option<Area> {
        self.seats.iter().find(|seat| seat.who == Some(id)).map(|seat| seat.area)
    }

    /// Decoders for those who can be seen, and for nobody else.
    fn decode(&mut self) {
        let watched = self.watched;
        let most = self.settings.max_bitrate();
        let areas: HashMap<LineId, Area> =
            self.seats.iter().filter_map(|seat| Some((seat.who?, seat.area))).collect();
        for line in &mut self.lines {
            let area = areas.get(&line.id).copied();
            let codec = line.sends_picture();
            line.wants_decoder = watched && area.is_some() && codec.is_some() && line.attendee.has_picture();
            if codec.is_some() {
                line.limit(area.filter(|_| line.wants_decoder), most);
            }
            match (line.wants_decoder, line.decoder.is_some(), codec) {
                (true, false, Some(codec)) => {
                    let (decoder, pictures) = VideoReceiver::start(codec);
                    line.decoder = Some(Arc::new(decoder));
                    self.canvas.add(line.id, pictures);
                }
                (false, true, _) => {
                    line.decoder = None;
                    self.canvas.remove(line.id);
                }
                _ => continue,
            }
            line.link.send_modify(|link| {
                if let Some(link) = link {
                    link.picture = line.decoder.clone();
                }
            });
        }
    }

    fn show(&self) {
        let tile = |seat: &Seat<LineId>| {
            if let Some(playback) = self.playback.as_ref().filter(|played| Some(played.line) == seat.who) {
                return Some(playback.tile(seat.area));
            }
            let line = self.line(seat.who?)?;
            let member = &line.attendee.member;
            Some(Tile {
                line: line.id,
                area: seat.area,
                name: member.name.as_deref().unwrap_or_default().into(),
                live: line.wants_decoder,
                still: line.attendee.is_screen(),
            })
        };
        self.canvas.arrange(self.seats.iter().filter_map(tile).collect());
        self.canvas.set_watched(self.watched);
    }

    fn tell_visible(&mut self) {
        let mut events = Vec::new();
        for at in 0..self.lines.len() {
            let Some(id) = self.lines.get(at).map(|line| line.id) else { continue };
            let visible = self.area_of(id).is_some();
            let Some(line) = self.lines.get_mut(at) else { continue };
            if line.attendee.set_visible(visible) {
                events.push(self.sheet.member_updated(&line.attendee.member, &["visible"]));
            }
        }
        events.iter().for_each(|event| self.everybody(event));
    }

    pub(super) fn layout(&self) -> ahoy_wire::EventBody {
        let member = |id: LineId| self.line(id).map(|line| &line.attendee.member.member_id);
        let seats: Vec<Seat<&MemberId>> = self
            .seats
            .iter()
            .map(|seat| Seat {
                who: seat.who.and_then(member),
                position: seat.position,
                reserved: seat.reserved,
                area: seat.area,
            })
            .collect();
        let played = self.playback.as_ref().map(|playback| playback.line);
        let played = self.seats.iter().position(|seat| seat.who.is_some() && seat.who == played);
        self.sheet.layout_changed(&seats, played)
    }

    /// Everybody gets the picture that his path carries.
    pub(super) fn serve(&mut self) {
        if self.is_watched() != self.watched {
            // The first who watches, or the last: decoders begin or end.
            return self.arrange(None);
        }
        let mut wanted: HashMap<Kind, Vec<Viewer>> = HashMap::new();
        let mut carried: HashMap<Kind, u32> = HashMap::new();
        for line in &mut self.lines {
            line.tiering.set_frugal(line.attendee.is_frugal());
            let Some(kind) = line.kind().filter(|_| !line.attendee.held) else { continue };
            wanted.entry(kind).or_default().push(line.viewer());
            let carries = line.tiering.estimate().unwrap_or(u32::MAX);
            let least = carried.entry(kind).or_insert(u32::MAX);
            *least = (*least).min(carries);
        }
        if let Some((kind, viewer)) = self.recording.as_ref().and_then(Recording::viewer) {
            wanted.entry(kind).or_default().push(viewer);
            carried.entry(kind).or_insert(u32::MAX);
        }
        let (canvas, fps, most) = (self.sheet.canvas, self.settings.fps, self.settings.max_bitrate());
        let bitrate = |kind: Kind| {
            let quality = kind.1.quality(canvas, fps);
            let carries = carried.get(&kind).copied().unwrap_or(u32::MAX);
            carries.clamp(quality.least, quality.most.max(quality.least)).min(most.max(quality.least))
        };
        self.broadcast.serve(&self.canvas, canvas, fps, wanted, bitrate);
    }

    /// Lets whoever speaks come forward in layouts that have a place for that, not too often.
    pub(super) fn move_floor(&mut self) {
        let follows = matches!(
            self.sheet.layout,
            Layout::Highlight1Responsive | Layout::FullScreen | Layout::ScreenShare
        ) || self.seats.len() < self.lines.len();
        let rested = self.floor_moved.is_none_or(|at| at.elapsed() >= FLOOR);
        if self.floor_waits && rested {
            self.floor_waits = false;
            if follows {
                self.floor_moved = Some(Instant::now());
                self.arrange(None);
            }
        }
    }
}
