//! This computer's space, open to its network: one task owns the door, everybody else asks it.

use crate::own_space::OwnSpace;
use crate::shell::{Shell, events};
use ahoy_model::{Problem, ProblemCode};
use ahoy_phone::Snapshot;
use ahoy_space::{LanDoor, LanOptions};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot, watch};

/// Any free one where it is taken.
pub const PORT: u16 = ahoy_space::LAN_PORT;
/// An invite lasts so long.
const INVITE: Duration = Duration::from_secs(24 * 3_600);
/// Orders that may wait; the page waits for the answers, so there are never many.
const QUEUE: usize = 16;

/// What the Built-in space page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, specta::Type)]
pub struct LanView {
    pub on: bool,
    /// `host:port` for others.
    pub hosts: Vec<String>,
    /// UDP port of the relays, for a firewall.
    pub relay_port: Option<u16>,
    /// In groups, for people to compare.
    pub fingerprint: Option<String>,
    /// Why it is not open, or why nobody finds it nearby.
    pub problem: Option<Problem>,
    pub requests: Vec<JoinView>,
    pub members: Vec<MemberEntry>,
    pub invites: Vec<InviteEntry>,
}

/// Somebody who wants to come in.
#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct JoinView {
    pub id: String,
    pub name: String,
    pub device: String,
    pub from: String,
    pub code: String,
    /// Unix ms.
    pub ends_at: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct MemberEntry {
    pub id: String,
    pub name: String,
    pub address: String,
    /// Of those who joined over the network.
    pub device: Option<String>,
    pub online: bool,
}

/// An invite that can still be used. Its code is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Serialize, specta::Type)]
pub struct InviteEntry {
    pub id: String,
    /// Unix ms.
    pub expires_at: f64,
}

type Reply<T> = oneshot::Sender<Result<T, Problem>>;

enum Order {
    Open(bool, Reply<()>),
    Accept(String, Reply<()>),
    Refuse(String, Reply<()>),
    Invite(Reply<String>),
    Revoke(String, Reply<()>),
    Dismiss(String, Reply<()>),
    Look(Reply<()>),
    Close(Reply<()>),
}

/// Asks the door's owner. Cheap to clone.
#[derive(Clone)]
pub struct Lan {
    orders: mpsc::Sender<Order>,
    view: watch::Receiver<LanView>,
}

/// Made before the shell, which it needs to run.
pub struct LanOwner {
    orders: mpsc::Receiver<Order>,
    view: watch::Sender<LanView>,
}

pub fn prepare() -> (Lan, LanOwner) {
    let (sender, orders) = mpsc::channel(QUEUE);
    let (writer, view) = watch::channel(LanView::default());
    (Lan { orders: sender, view }, LanOwner { orders, view: writer })
}

impl Lan {
    pub fn view(&self) -> LanView {
        self.view.borrow().clone()
    }

    pub fn views(&self) -> watch::Receiver<LanView> {
        self.view.clone()
    }

    pub async fn set_open(&self, on: bool) -> Result<(), Problem> {
        self.ask(|reply| Order::Open(on, reply)).await
    }

    pub async fn accept(&self, request: String) -> Result<(), Problem> {
        self.ask(|reply| Order::Accept(request, reply)).await
    }

    pub async fn refuse(&self, request: String) -> Result<(), Problem> {
        self.ask(|reply| Order::Refuse(request, reply)).await
    }

    /// The link of a new invite.
    pub async fn invite(&self) -> Result<String, Problem> {
        self.ask(Order::Invite).await
    }

    pub async fn revoke(&self, invite: String) -> Result<(), Problem> {
        self.ask(|reply| Order::Revoke(invite, reply)).await
    }

    /// Ends somebody's membership.
    pub async fn dismiss(&self, member: String) -> Result<(), Problem> {
        self.ask(|reply| Order::Dismiss(member, reply)).await
    }

    /// Reads again who is there.
    pub async fn look(&self) -> Result<(), Problem> {
        self.ask(Order::Look).await
    }

    /// Says good-bye to the network, for this run.
    pub async fn close(&self) {
        let _ = self.ask(Order::Close).await;
    }

    async fn ask<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, Problem> {
        let gone = || Problem::new(ProblemCode::LanUnavailable).because("the app is ending");
        let (reply, answer) = oneshot::channel();
        self.orders.send(order(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl LanOwner {
    /// Opens the door if it was open in the last run, and serves orders until there is nobody left to give any.
    pub async fn run(mut self, shell: Shell) {
        let mut door = None;
        if shell.accounts.store.is_lan_open() && shell.accounts.own_space.is_wanted() {
            match open(&shell).await {
                Ok(opened) => door = Some(opened),
                Err(problem) => self.fail(&shell, problem),
            }
        }
        let mut snapshots = shell.phone.snapshots();
        loop {
            let name = space_name(&shell);
            if let Some(door) = &mut door {
                door.rename(&name).await;
            }
            // Before the look, so that nothing falls between.
            let mut changes = door.as_ref().map(LanDoor::changes);
            self.show(&shell, door.as_ref()).await;
            let is_open = door.is_some();
            let renamed = async {
                let other = |now: &Arc<Snapshot>| is_open && name_for(&now.settings.display_name) != name;
                if snapshots.wait_for(other).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let changed = async {
                match &mut changes {
                    Some(changes) => drop(changes.changed().await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => self.carry_out(&shell, &mut door, order).await,
                    None => return,
                },
                () = changed => {}
                () = renamed => {}
            }
        }
    }

    async fn carry_out(&self, shell: &Shell, door: &mut Option<LanDoor>, order: Order) {
        let closed = || Problem::new(ProblemCode::LanUnavailable).because("the space is not open");
        let own = &shell.accounts.own_space;
        // Whoever asked may have gone; what was asked is done all the same.
        match order {
            Order::Open(on, reply) => drop(reply.send(self.set_open(shell, door, on).await)),
            Order::Close(reply) => {
                if let Some(door) = door.take() {
                    door.close().await;
                }
                let _ = reply.send(Ok(()));
            }
            Order::Accept(id, reply) => {
                let accepted = match door {
                    Some(door) => door
                        .accept(&id)
                        .await
                        .map_err(|error| Problem::new(ProblemCode::JoinUnanswered).because(error)),
                    None => Err(closed()),
                };
                let _ = reply.send(accepted);
            }
            Order::Refuse(id, reply) => {
                door.iter().for_each(|door| door.refuse(&id));
                let _ = reply.send(Ok(()));
            }
            Order::Invite(reply) => {
                let invited = match door {
                    Some(door) => match door.invite(INVITE).await {
                        Ok(Some(invite)) => Ok(invite.link().expose().to_owned()),
                        Ok(None) => Err(Problem::new(ProblemCode::JoinCrowded)),
                        Err(error) => Err(Problem::new(ProblemCode::StorageFailed).because(error)),
                    },
                    None => Err(closed()),
                };
                let _ = reply.send(invited);
            }
            Order::Revoke(id, reply) => {
                let revoked = match door {
                    Some(door) => door.revoke(&id).await,
                    None => Ok(()),
                };
                let failed = |error| Problem::new(ProblemCode::StorageFailed).because(error);
                let _ = reply.send(revoked.map_err(failed));
            }
            Order::Dismiss(id, reply) => drop(reply.send(own.dismiss(&id).await)),
            Order::Look(reply) => drop(reply.send(Ok(()))),
        }
    }

    async fn set_open(&self, shell: &Shell, door: &mut Option<LanDoor>, on: bool) -> Result<(), Problem> {
        match (on, door.take()) {
            (true, None) => {
                self.view.send_modify(|view| view.problem = None);
                *door = Some(open(shell).await.inspect_err(|problem| {
                    self.view.send_modify(|view| view.problem = Some(problem.clone()));
                })?);
            }
            (true, already) => *door = already,
            (false, Some(open)) => open.close().await,
            (false, None) => self.view.send_modify(|view| view.problem = None),
        }
        shell.accounts.store.keep_lan_open(on)
    }

    fn fail(&self, shell: &Shell, problem: Problem) {
        self.view.send_modify(|view| view.problem = Some(problem.clone()));
        shell.tell(problem);
    }

    /// Looks at everything again and tells the page what has changed.
    async fn show(&self, shell: &Shell, door: Option<&LanDoor>) {
        let members = shell.accounts.own_space.members().await;
        let invites = match door {
            Some(door) => door.invites().await.unwrap_or_default(),
            None => Vec::new(),
        };
        let silent = door.and_then(LanDoor::announce_error);
        let silent = silent.map(|error| Problem::new(ProblemCode::DiscoveryUnavailable).because(error));
        let hosts = door.map(LanDoor::hosts).unwrap_or_default();
        let alone = (door.is_some() && hosts.is_empty()).then(|| Problem::new(ProblemCode::AddressLinkLocal));
        let view = LanView {
            on: door.is_some(),
            hosts,
            relay_port: door.and_then(LanDoor::relay_port),
            fingerprint: door.map(|door| door.fingerprint().grouped()),
            problem: if door.is_some() { alone.or(silent) } else { self.view.borrow().problem.clone() },
            requests: door.map(requests).unwrap_or_default(),
            members,
            invites: invites
                .into_iter()
                .map(|invite| InviteEntry { id: invite.id, expires_at: invite.expires_at as f64 * 1_000.0 })
                .collect(),
        };
        let changed = self.view.send_if_modified(|shown| {
            let changed = *shown != view;
            *shown = view.clone();
            changed
        });
        if changed {
            shell.emit(events::LAN, &view);
        }
    }
}

fn requests(door: &LanDoor) -> Vec<JoinView> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let view = |request: ahoy_space::JoinRequest| JoinView {
        id: request.id,
        name: request.name,
        device: request.device,
        from: request.from.to_canonical().to_string(),
        code: request.code,
        // Whole seconds: the same request looks the same each time.
        ends_at: (now + request.left.as_secs_f64()).round() * 1_000.0,
    };
    door.requests().into_iter().map(view).collect()
}

/// Under the user's own name: that is how people nearby know whose space it is.
fn space_name(shell: &Shell) -> String {
    name_for(&shell.phone.snapshot().settings.display_name)
}

fn name_for(display_name: &str) -> String {
    let name = display_name.trim();
    if name.is_empty() { "Ahoy".to_owned() } else { name.to_owned() }
}

async fn open(shell: &Shell) -> Result<LanDoor, Problem> {
    open_on(&shell.accounts.own_space, space_name(shell)).await
}

async fn open_on(own: &OwnSpace, name: String) -> Result<LanDoor, Problem> {
    let options = |port| LanOptions { port, name: name.clone(), announce: true, turn: true };
    match own.open_lan(options(PORT)).await {
        Err(problem) if problem.code == ProblemCode::PortInUse => own.open_lan(options(0)).await,
        opened => opened,
    }
}
