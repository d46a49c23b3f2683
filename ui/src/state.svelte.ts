import { problemText, t } from "./text";
import { asProblem, type Backend, type Problem, type ShellView, type Snapshot } from "./backend";

export interface Notice {
  key: number;
  text: string;
}

const NOTICE_MS = 9_000;
const MOST_NOTICES = 3;

/** What the page knows: the newest snapshot, notices, and where the user is. The truth about calls stays in the phone. */
export class Page {
  snapshot = $state.raw<Snapshot | null>(null);
  shell = $state.raw<ShellView | null>(null);
  notices = $state.raw<Notice[]>([]);
  screen = $state<"home" | "settings">("home");
  /** What the dial field holds; links fill it. */
  typed = $state("");
  /** An invite that was opened and not answered yet. */
  invite = $state<string | null>(null);
  frameNumbers = $state(localStorage.getItem("ahoy.frameNumbers") === "on");
  readonly backend: Backend;
  #keys = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Listens first and reads then, so that nothing falls between. Returns when the first snapshot is there. */
  async start(): Promise<void> {
    this.backend.onSnapshot((snapshot) => {
      if (!this.snapshot || snapshot.revision >= this.snapshot.revision) this.snapshot = snapshot;
    });
    this.backend.onEvent((event) => {
      if (event.event === "notice") this.notify(event.value);
      if (event.event === "device_switched") this.tell(t.switched(event.value.kind, event.value.reason, event.value.from, event.value.to));
    });
    const snapshot = await this.backend.snapshot();
    this.snapshot ??= snapshot;
  }

  /** The main window also looks at the app around the phone; the ringing window may not. */
  async startShell(): Promise<void> {
    this.backend.onShell((shell) => (this.shell = shell));
    this.backend.onLink((text) => {
      this.open(text);
      this.screen = "home";
    });
    const shell = await this.backend.shell();
    this.shell ??= shell;
    if (shell.link) this.open(shell.link);
  }

  /** A link fills the dial field; an invite is asked about. Nothing is dialled or joined by itself. */
  open(link: string): void {
    if (/^ahoy:(\/\/)?\/?join\/?\?/i.test(link)) this.invite = link;
    else this.typed = link;
  }

  /** Runs a command; what goes wrong becomes a notice. Tells whether it went well. */
  async try(command: Promise<unknown>): Promise<boolean> {
    try {
      await command;
      return true;
    } catch (thrown) {
      this.notify(asProblem(thrown));
      return false;
    }
  }

  notify(problem: Problem): void {
    this.tell(problemText(problem));
  }

  /** Says something once; the same again takes its place. */
  tell(text: string): void {
    const key = ++this.#keys;
    this.notices = [...this.notices.filter((n) => n.text !== text), { key, text }].slice(-MOST_NOTICES);
    setTimeout(() => this.forget(key), NOTICE_MS);
  }

  /** Before a new try: what was said about the last one no longer matters. */
  forgetAll(): void {
    this.notices = [];
  }

  forget(key: number): void {
    this.notices = this.notices.filter((notice) => notice.key !== key);
  }

  setFrameNumbers(on: boolean): void {
    this.frameNumbers = on;
    localStorage.setItem("ahoy.frameNumbers", on ? "on" : "off");
  }
}
