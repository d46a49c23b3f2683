//! Records of finished calls.

use super::{Store, StoreError};
use ahoy_model::HangupCause;
use rusqlite::params;

/// One call between two, from the invite to the last bye. Times in unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub id: String,
    /// Address of the caller.
    pub caller: String,
    pub caller_name: String,
    /// What was dialled.
    pub callee: String,
    pub started_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: i64,
    pub cause: HangupCause,
}

/// Older records are removed beyond this many.
const KEPT: i64 = 10_000;

impl Store {
    pub async fn record_call(&self, record: CallRecord) -> Result<(), StoreError> {
        self.ask(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO calls (id, caller, caller_name, callee, started_at, answered_at, ended_at, cause)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    record.id,
                    record.caller,
                    record.caller_name,
                    record.callee,
                    record.started_at,
                    record.answered_at,
                    record.ended_at,
                    record.cause.word(),
                ])?;
            connection
                .prepare_cached("DELETE FROM calls WHERE rowid <= (SELECT max(rowid) FROM calls) - ?1")?
                .execute([KEPT])?;
            Ok(())
        })
        .await
    }

    /// The newest calls first.
    pub async fn calls(&self, most: u32) -> Result<Vec<CallRecord>, StoreError> {
        self.ask(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT id, caller, caller_name, callee, started_at, answered_at, ended_at, cause
                     FROM calls ORDER BY rowid DESC LIMIT ?1",
                )?
                .query_map([most], |row| {
                    let cause: String = row.get(7)?;
                    Ok(CallRecord {
                        id: row.get(0)?,
                        caller: row.get(1)?,
                        caller_name: row.get(2)?,
                        callee: row.get(3)?,
                        started_at: row.get(4)?,
                        answered_at: row.get(5)?,
                        ended_at: row.get(6)?,
                        cause: HangupCause::from_word(&cause).unwrap_or(HangupCause::NormalUnspecified),
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(found)
        })
        .await
    }
}
