//! What happens to somebody who has no allocation yet: they are answered from memory of nothing, until they prove who they are.

use crate::turn::allocation::{self, Grant, Now, Rules};
use crate::turn::credentials::{Known, Refusal};
use crate::turn::message::{Class, Message, Method, attribute};
use crate::turn::quota::{Place, Quota};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const UDP: u8 = 17;
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// Answers requests that come from outside any allocation.
#[derive(Debug)]
pub struct Reception {
    pub rules: Arc<Rules>,
    pub quota: Quota,
    /// Whether relayed addresses are IPv4.
    pub relays_ipv4: bool,
}

/// What to do with such a request.
#[derive(Debug)]
pub enum Greeting {
    Reply(Vec<u8>),
    /// Make a relay for them; the place is given back when it is dropped.
    Admit(Grant, Place),
    /// Not a request: nothing to say, so that nobody can use us to send to others more than they sent to us.
    Nothing,
}

impl Reception {
    pub fn greet(&self, now: Now, from: SocketAddr, bytes: &[u8]) -> Greeting {
        let Some(request) = Message::parse(bytes).filter(|message| message.class == Class::Request) else {
            return Greeting::Nothing;
        };
        let unknown = request.unknown();
        match request.method {
            Method::Binding => Greeting::Reply(allocation::mapped(&request, from)),
            _ if !unknown.is_empty() => Greeting::Reply(allocation::refuse_unknown(&request, &unknown)),
            Method::Allocate => self.allocate(now, from, &request),
            Method::Refresh | Method::CreatePermission | Method::ChannelBind => {
                Greeting::Reply(self.refusal(now, from, &request, Refusal::Mismatch, None))
            }
            _ => Greeting::Reply(self.refusal(now, from, &request, Refusal::BadRequest, None)),
        }
    }

    /// The answer to an admitted client for whom no relay could be made.
    pub fn no_capacity(&self, now: Now, from: SocketAddr, bytes: &[u8], grant: &Grant) -> Option<Vec<u8>> {
        let request = Message::parse(bytes)?;
        Some(self.refusal(now, from, &request, Refusal::NoCapacity, Some(&grant.known)))
    }

    fn allocate(&self, now: Now, from: SocketAddr, request: &Message<'_>) -> Greeting {
        let known = match self.rules.credentials.check(request, from, now.wall) {
            Ok(known) => known,
            Err(refusal) => return Greeting::Reply(self.refusal(now, from, request, refusal, None)),
        };
        match self.grant(&known, request) {
            Ok((grant, place)) => Greeting::Admit(grant, place),
            Err(refusal) => Greeting::Reply(self.refusal(now, from, request, refusal, Some(&known))),
        }
    }

    fn grant(&self, known: &Known, request: &Message<'_>) -> Result<(Grant, Place), Refusal> {
        match request.get(attribute::REQUESTED_TRANSPORT).and_then(<[u8]>::first) {
            None => return Err(Refusal::BadRequest),
            Some(&UDP) => {}
            Some(_) => return Err(Refusal::UnsupportedTransport),
        }
        let ours = if self.relays_ipv4 { IPV4 } else { IPV6 };
        let family = request.get(attribute::REQUESTED_ADDRESS_FAMILY).and_then(<[u8]>::first);
        // Who does not ask gets what there is, though the RFC would have it be IPv4.
        if family.is_some_and(|family| *family != ours) {
            return Err(Refusal::FamilyNotSupported);
        }
        let lifetime = allocation::lifetime(request, self.rules.longest_lifetime);
        if lifetime == Duration::ZERO {
            return Err(Refusal::BadRequest);
        }
        let place = self.quota.take(&known.subscriber)?;
        Ok((Grant { known: known.clone(), asked_by: request.transaction, lifetime }, place))
    }

    fn refusal(
        &self,
        now: Now,
        from: SocketAddr,
        request: &Message<'_>,
        refusal: Refusal,
        known: Option<&Known>,
    ) -> Vec<u8> {
        let key = known.map(|known| &known.key);
        allocation::refuse(&self.rules.credentials, request, from, now.wall, refusal, key)
    }
}
