//! Two sessions against each other over the loopback interface.

mod closing;
mod ends;
mod hold;
mod loss;
mod mapped;
mod media;
mod negotiation;
mod relay;
mod renegotiation;
