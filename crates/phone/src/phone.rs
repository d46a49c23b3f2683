//! Starting a phone.

use crate::account::SpaceAccount;
use crate::addresses::Addresses;
use crate::conductor::Conductor;
use crate::device_key::DeviceKeys;
use crate::handle::PhoneHandle;
use crate::history::{HistoryStore, MemoryHistory};
use crate::kept::{CallKeeper, KeptCalls, NoKeeper};
use crate::settings::{OwnIceServer, Settings};
use ahoy_media::hardware::SharedHardware;
use ahoy_model::{Secret, ToneRegion};
use ahoy_rtc::IceServer;
use std::collections::HashMap;
use std::net::IpAddr;
use tokio::sync::watch;

/// How media may travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Use only these local addresses; empty means all.
    pub addresses: Vec<IpAddr>,
    /// Use only relays, so that the far side never learns our address.
    pub relay_only: bool,
    /// Passwords of the servers in `Settings::ice_servers`, by URL.
    pub ice_credentials: HashMap<String, Secret>,
}

impl NetworkConfig {
    /// Servers that the user chose, with their passwords.
    pub(crate) fn servers(&self, own: &[OwnIceServer]) -> Vec<IceServer> {
        let server = |own: &OwnIceServer| IceServer {
            urls: vec![own.url.clone()],
            username: own.username.clone(),
            credential: self.ice_credentials.get(&own.url).cloned(),
        };
        own.iter().map(server).collect()
    }
}

/// Everything a phone is made of.
pub struct PhoneConfig {
    pub hardware: SharedHardware,
    pub settings: Settings,
    /// The space to join at once; `None` starts signed out.
    pub account: Option<SpaceAccount>,
    pub history: Box<dyn HistoryStore>,
    pub network: NetworkConfig,
    /// This computer's addresses; `None`: as the system says.
    pub addresses: Option<watch::Receiver<Addresses>>,
    /// Where the user is, for the tones of the network.
    pub region: ToneRegion,
    /// The key that tokens can be bound to; made only when a token is.
    pub keys: DeviceKeys,
    /// Keeps calls for the next run, and what the last run left.
    pub keeper: Box<dyn CallKeeper>,
    pub kept: KeptCalls,
}

impl PhoneConfig {
    /// Standard settings, signed out, history in memory only.
    pub fn new(hardware: SharedHardware) -> Self {
        Self {
            hardware,
            settings: Settings::default(),
            account: None,
            history: Box::new(MemoryHistory::default()),
            network: NetworkConfig::default(),
            addresses: None,
            region: ToneRegion::default(),
            keys: DeviceKeys::default(),
            keeper: Box::new(NoKeeper),
            kept: KeptCalls::default(),
        }
    }
}

/// The whole phone without a window.
pub struct Phone;

impl Phone {
    /// Starts the phone's task; must be called inside a tokio runtime. It ends with `shut_down` or the last handle.
    pub fn start(config: PhoneConfig) -> PhoneHandle {
        Conductor::start(config)
    }
}
