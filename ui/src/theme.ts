/** Follows the chosen colours, and the system's when it shall be like the system. */
const night = matchMedia("(prefers-color-scheme: dark)");
let wanted = "system";

function apply(): void {
  const dark = wanted === "dark" || (wanted !== "light" && night.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

night.addEventListener("change", apply);

export function setTheme(theme: string): void {
  wanted = theme;
  apply();
}

apply();
