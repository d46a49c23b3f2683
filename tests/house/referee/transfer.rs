//! The SDK hands a call over to somebody else.

use super::phone::browser_calls;
use super::proof::phone_sees;
use crate::support::browser::Sdk;
use serde_json::json;

#[tokio::test]
async fn sdk_v4_hands_the_phone_over_to_another() {
    let Some(mut pair) = browser_calls("v4-transfers", Sdk::V4, true).await else { return };
    let mut carol = pair.stage.phone_with("carol", CAROL.0, CAROL.1).await;
    pair.prove(true).await;
    let transfer = json!({ "call": pair.here, "to": "/private/carol" });
    pair.browser.sdk("transfer", transfer).await.expect("it hands over");
    pair.browser.status(&pair.here, "over").await;
    let ringing = carol.rings().await;
    assert_eq!((ringing.name.as_str(), ringing.address.as_str()), ("bob", "/private/bob"));
    carol.handle.answer(ringing.id.clone(), true).await.expect("it answers");
    phone_sees(&mut pair.phone, &pair.there, CAROL.0).await;
    pair.phone.hear_tone(f64::from(CAROL.1)).await;
    phone_sees(&mut carol, &ringing.id, super::stage::PHONE_SENDER).await;
    let view = pair.phone.call_until(&pair.there, "Carol's name", |call| call.name == "carol").await;
    assert_eq!(view.end, None, "the phone has stayed in its call");
    carol.handle.hang_up(ringing.id.clone()).await.expect("it hangs up");
    pair.phone.call_until(&pair.there, "an end", |call| call.end.is_some()).await;
    carol.shut_down().await;
    pair.close().await;
}

/// Sender number and tone of a third party.
const CAROL: (u16, u32) = (6, 880);
