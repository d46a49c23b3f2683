//! Records of finished calls.

use super::{Store, StoreError};
use ahoy_model::HangupCause;
use rusqlite::{Row, params};

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

const COLUMNS: &str = "id, caller, caller_name, callee, started_at, answered_at, ended_at, cause";

/// Older records are removed beyond this many.
const KEPT: i64 = 10_000;

impl Store {
    pub async fn record_call(&self, record: CallRecord) -> Result<(), StoreError> {
        self.ask(move |connection| {
            let sql =
                format!("INSERT OR REPLACE INTO calls ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
            connection.prepare_cached(&sql)?.execute(params![
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
            let sql = format!("SELECT {COLUMNS} FROM calls ORDER BY rowid DESC LIMIT ?1");
            let found =
                connection.prepare_cached(&sql)?.query_map([most], from_row)?.collect::<Result<_, _>>()?;
            Ok(found)
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<CallRecord> {
    let cause: String = row.get("cause")?;
    Ok(CallRecord {
        id: row.get("id")?,
        caller: row.get("caller")?,
        caller_name: row.get("caller_name")?,
        callee: row.get("callee")?,
        started_at: row.get("started_at")?,
        answered_at: row.get("answered_at")?,
        ended_at: row.get("ended_at")?,
        cause: HangupCause::from_word(&cause).unwrap_or(HangupCause::NormalUnspecified),
    })
}
