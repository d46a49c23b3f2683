import { getContext, setContext } from "svelte";
import type { Page } from "./state.svelte";

const KEY = Symbol("page");

export const providePage = (page: Page): Page => setContext(KEY, page);

/** The page's state, inside any component. */
export const usePage = (): Page => getContext<Page>(KEY);
