import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    // The oldest web views that Tauri 2.12 runs on: WebView2 is evergreen, WKWebView follows macOS.
    target: ["es2022", "safari16"],
    // The page's rules (CSP) forbid inline data in scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { main: "index.html", ringing: "ringing.html", mini: "mini.html" } },
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "screens/*.test.mjs"], maxConcurrency: 3 },
});
