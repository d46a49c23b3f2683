//! Two machines on a network of their own, with a cable between them.

use super::machine::Machine;
use std::sync::atomic::{AtomicU32, Ordering};

/// The cable's end in every machine.
const CABLE: &str = "lan0";
/// Tests of one program may lay several cables.
static CABLES: AtomicU32 = AtomicU32::new(0);

pub struct Lan {
    pub left: Machine,
    pub right: Machine,
}

impl Lan {
    /// `10.77.<n>.1` and `10.77.<n>.2`, without a way to anywhere else.
    pub async fn lay() -> Self {
        let number = CABLES.fetch_add(1, Ordering::Relaxed);
        let machine = |host: u8| Machine::make(format!("10.77.{number}.{host}"));
        let lan = Self { left: machine(1).await, right: machine(2).await };
        let [left, right] = [&lan.left, &lan.right].map(|machine| format!("{}/24", machine.address));
        lan.left.connect((CABLE, &left), &lan.right, (CABLE, &right)).await;
        lan
    }

    /// Both get other addresses, `10.78.<n>.1` and `10.78.<n>.2`, as from another router.
    pub async fn renumber(&self) {
        for machine in [&self.left, &self.right] {
            let now = machine.address.replacen("10.77.", "10.78.", 1);
            machine.ip(&["address", "flush", "dev", CABLE]).await;
            machine.ip(&["address", "add", &format!("{now}/24"), "dev", CABLE]).await;
        }
    }
}
