//! Two homes on one street: in each a machine behind a router that translates addresses (NAT), and between them a machine
//! that everybody reaches. Needs `nft` besides what [`Machine`] needs.

use super::machine::Machine;

/// Where a home's router is open for those outside: its TCP and UDP ports go to the machine inside.
pub struct Opening {
    pub tcp: u16,
    pub udp: u16,
}

pub struct Street {
    /// Reached by everybody.
    pub public: Machine,
    pub left: Home,
    pub right: Home,
}

pub struct Home {
    pub inside: Machine,
    /// What others see of it.
    pub outside: String,
    _router: Machine,
}

impl Street {
    /// `203.0.113.1` is public; the homes are `192.168.1.2` behind `198.51.100.2` and `192.168.2.2` behind `198.51.100.6`. Every
    /// conversation gets another port outside (a symmetric NAT, RFC 4787 4.1), and nothing comes in that was not asked for.
    pub async fn build(left: Option<Opening>) -> Self {
        let public = Machine::make("203.0.113.1".into()).await;
        public.ip(&["address", "add", "203.0.113.1/32", "dev", "lo"]).await;
        forward(&public).await;
        let left = home(&public, 1, left).await;
        let right = home(&public, 2, None).await;
        Self { public, left, right }
    }
}

async fn forward(machine: &Machine) {
    machine.done(&["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]).await;
}

async fn home(street: &Machine, number: u8, opening: Option<Opening>) -> Home {
    let [before, outside] = [4 * number - 3, 4 * number - 2].map(|host| format!("198.51.100.{host}"));
    let [router, inside] = [1, 2].map(|host| format!("192.168.{number}.{host}"));
    let door = Machine::make(router.clone()).await;
    let house = Machine::make(inside.clone()).await;
    let end = format!("home{number}");
    street.connect((&end, &format!("{before}/30")), &door, ("street", &format!("{outside}/30"))).await;
    door.connect(("home", &format!("{router}/24")), &house, ("lan0", &format!("{inside}/24"))).await;
    door.ip(&["route", "add", "default", "via", &before]).await;
    house.ip(&["route", "add", "default", "via", &router]).await;
    forward(&door).await;
    let openings = opening.map_or_else(String::new, |open| {
        format!(
            "chain prerouting {{
                 type nat hook prerouting priority dstnat
                 iifname \"street\" tcp dport {} dnat to {inside}
                 iifname \"street\" udp dport {} dnat to {inside}
             }}",
            open.tcp, open.udp
        )
    });
    let rules = format!(
        "table ip home {{
             {openings}
             chain postrouting {{
                 type nat hook postrouting priority srcnat
                 oifname \"street\" masquerade fully-random
             }}
             chain forward {{
                 type filter hook forward priority filter; policy drop
                 iifname \"home\" accept
                 ct state established,related accept
                 ct status dnat accept
             }}
         }}"
    );
    door.done(&["nft", &rules]).await;
    Home { inside: house, outside, _router: door }
}
