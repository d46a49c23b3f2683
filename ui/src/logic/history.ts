import type { CompletedCall } from "../backend";

/** Calls of one kind with one person in a row, newest first. */
export interface HistoryLine {
  newest: CompletedCall;
  calls: CompletedCall[];
}

/** Folds neighbours with the same person, direction and fate, as phones do. */
export function foldHistory(history: CompletedCall[]): HistoryLine[] {
  const lines: HistoryLine[] = [];
  for (const call of history) {
    const last = lines.at(-1);
    const same =
      last &&
      last.newest.address === call.address &&
      last.newest.direction === call.direction &&
      last.newest.missed === call.missed;
    if (same) last.calls.push(call);
    else lines.push({ newest: call, calls: [call] });
  }
  return lines;
}
