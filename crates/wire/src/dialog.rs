//! `dialogParams`: what every client verto message says about its leg (4.2).

use crate::json::Fields;
use ahoy_model::CallId;
use serde_json::Value;

object! {
    /// The leg a message is about. Hold, DTMF and others inside a call need no more than [`DialogParams::bare`]; a space routes by `callID`.
    pub struct DialogParams {
        required: {
            #[serde(rename = "callID")]
            call_id: CallId,
        },
        optional: {
            /// Exactly what was dialled, with query parameters. Inbound: our own address.
            destination_number: String,
            remote_caller_id_name: String,
            remote_caller_id_number: String,
            caller_id_name: String,
            caller_id_number: String,
            from_fabric_address_id: String,
            /// True on a reattach invite, absent on a fresh one.
            attach: bool,
            reattaching: bool,
            #[serde(rename = "userVariables")]
            user_variables: Fields,
            #[serde(rename = "screenShare")]
            screen_share: bool,
            #[serde(rename = "additionalDevice")]
            additional_device: bool,
            #[serde(rename = "pingSupported")]
            ping_supported: bool,
            version: u32,
        },
    }
}

impl DialogParams {
    /// The main leg of an outbound call. The caller is known from the token, so no caller id is sent.
    pub fn outbound(call_id: CallId, destination: impl Into<String>) -> Self {
        let destination = destination.into();
        Self {
            remote_caller_id_number: Some(destination.clone()),
            destination_number: Some(destination),
            ..Self::main_leg(call_id)
        }
    }

    /// Our answer to an invite: the mirror of what it said.
    pub fn inbound(invite: &crate::ServerInvite) -> Self {
        Self {
            destination_number: invite.callee_id_number.clone(),
            caller_id_name: invite.caller_id_name.clone(),
            caller_id_number: invite.caller_id_number.clone(),
            remote_caller_id_name: invite.callee_id_name.clone(),
            remote_caller_id_number: invite.callee_id_number.clone(),
            ..Self::main_leg(invite.call_id.clone())
        }
    }

    /// The same leg, taken up again after its socket was lost for too long (11).
    pub fn reattaching(mut self) -> Self {
        self.attach = Some(true);
        self.reattaching = Some(true);
        self
    }

    /// The same leg with one more user variable.
    pub fn with_variable(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.user_variables.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    fn main_leg(call_id: CallId) -> Self {
        let bare = Self::bare(call_id.clone()).with_variable("memberCallId", call_id.as_str());
        Self {
            screen_share: Some(false),
            additional_device: Some(false),
            ping_supported: Some(true),
            version: Some(1_000),
            ..bare
        }
    }

    pub fn is_reattach(&self) -> bool {
        self.reattaching == Some(true) || self.attach == Some(true)
    }
}
