import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./theme";
import { mount } from "svelte";
import { openBackend } from "./backend";
import Mini from "./mini/Mini.svelte";
import { Page } from "./state.svelte";

const target = document.getElementById("app");
if (target) {
  const page = new Page(await openBackend());
  await page.start();
  mount(Mini, { target, props: { page } });
}
