import type { CallStatus, CallView, Snapshot } from "../backend";

/** Which calls the windows show where. Rules about what a call allows are not here: those come with the snapshot. */

const over: readonly CallStatus[] = ["disconnecting", "disconnected", "failed", "destroyed"];

export const isOver = (call: CallView): boolean => over.includes(call.status);

/** Calls that ring here and wait for an answer. */
export const ringing = (snapshot: Snapshot): CallView[] => snapshot.calls.filter((call) => call.actions.answer);

/** We placed it or picked it up, so it has the right to fill the window. */
const ours = (call: CallView): boolean => !call.check && (call.direction === "outbound" || call.connected_at !== null || answered(call));

const answered = (call: CallView): boolean =>
  call.status === "connecting" || call.status === "connected" || call.status === "held" || call.status === "recovering";

/** The call that fills the main window, if any: the active one, else the newest living one, else the newest that ended. */
export function staged(snapshot: Snapshot): CallView | null {
  const candidates = snapshot.calls.filter(ours);
  return (
    candidates.find((call) => call.id === snapshot.active_call && !isOver(call)) ??
    candidates.findLast((call) => !isOver(call)) ??
    candidates.at(-1) ??
    null
  );
}

/** Our other living calls, to switch to. */
export function others(snapshot: Snapshot, shown: CallView | null): CallView[] {
  return snapshot.calls.filter((call) => call.id !== shown?.id && ours(call) && !isOver(call) && !call.actions.answer);
}

/** How long the words about a call's end stay, in ms. `null` leaves it to the user (the phone itself lets go after a while). */
export function endLinger(call: CallView): number | null {
  switch (call.end) {
    case "hung_up":
    case "cancelled":
    case "declined":
      return 0;
    case "far_hung_up":
    case "answered_elsewhere":
    case "transferred":
      return 3_000;
    default:
      return null;
  }
}
