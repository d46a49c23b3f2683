import type { Backend } from ".";
export function tauriBackend(): Backend { throw new Error("not yet"); }
