import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/list.css";
import "./theme";
import { mount } from "svelte";
import App from "./App.svelte";
import { openBackend } from "./backend";
import { Page } from "./state.svelte";

const target = document.getElementById("app");
if (target) {
  const page = new Page(await openBackend());
  await Promise.all([page.start(), page.startShell()]);
  mount(App, { target, props: { page } });
}
