//! Placing calls, and making room for those that come.

use crate::call::LiveCall;
use crate::call::party::Party;
use crate::command::CallCommand;
use crate::house::House;
use crate::snapshot::DialRequest;
use ahoy_model::{CallId, Channel, Problem, ProblemCode};
use std::time::Instant;

impl House {
    pub(crate) fn dial(&mut self, now: Instant, request: DialRequest) -> Result<CallId, Problem> {
        if !self.registration.is_connected() {
            let problem = Problem::new(ProblemCode::NotSignedIn).about(request.to.path());
            return Err(problem.because("there is no connection with a space"));
        }
        self.calls.may_dial()?;
        let video = request.video && request.to.channel() != Some(Channel::Audio);
        let mut options = request.options;
        let advanced = &self.settings.advanced;
        options.receive_audio = options.receive_audio.or(Some(advanced.receive_audio));
        options.receive_video = options.receive_video.or(advanced.receive_video.then_some(true));
        for (name, value) in &self.settings.user_variables {
            options.user_variables.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let party = Party::dialled(&request.to, video, self.registration.contacts());
        let contact = self.registration.contacts().iter().find(|one| one.address == request.to.path());
        let known = contact.is_some();
        // An address that nobody has told us about may be a room.
        let quiet = contact.is_none_or(|contact| contact.kind == "room");
        let id = CallId::random();
        if !known {
            self.registration.look_up(id.clone(), request.to.clone());
        }
        // Addresses of a space have channels; numbers and SIP addresses have none.
        let target = match (request.to.path().starts_with('/'), request.to.channel()) {
            (true, None) => request.to.with_channel(if video { Channel::Video } else { Channel::Audio }),
            _ => request.to,
        };
        let (mut call, errands) =
            LiveCall::dial(now, id.clone(), target.to_string(), party, options, &self.room());
        if quiet {
            call.come_quietly(self.settings.join_muted, self.settings.join_camera_off);
        }
        self.calls.add(call);
        self.calls.set_active(&id);
        self.run(now, errands);
        Ok(id)
    }

    /// Ends what is talked on or placed, then answers.
    pub(crate) fn end_and_answer(&mut self, now: Instant, id: &CallId, video: bool) -> Result<(), Problem> {
        let rings = self.calls.get(id).is_some_and(|call| call.view(None).actions.answer);
        if !rings {
            return self.call_command(now, id, CallCommand::Answer { video });
        }
        let others: Vec<CallId> = self
            .calls
            .iter()
            .filter(|call| call.id() != id && call.view(None).actions.hang_up && !call.status().can_resume())
            .map(|call| call.id().clone())
            .collect();
        for other in others {
            self.call_command(now, &other, CallCommand::HangUp)?;
        }
        self.call_command(now, id, CallCommand::Answer { video })
    }
}
