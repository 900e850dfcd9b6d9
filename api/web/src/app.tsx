// Chooses the page of the address. Wall board and line come with the entry, the others when asked for.
import { effect } from "@preact/signals";
import { Component, type ComponentChildren, type ComponentType, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, go, to } from "./address";
import { type Look, look } from "./domain/state";
import { lines } from "./live/store";
import { Board } from "./pages/board";
import { Line } from "./pages/line";
import { Bar } from "./parts/Bar";
import { Hatches } from "./parts/Hatches";
import { Offline } from "./parts/Offline";
import { patiently } from "./parts/patient";
import { Broken, Loading, Nothing } from "./parts/Shared";
import { language, learn, t } from "./words";

type Lazy = () => Promise<ComponentType<{ id: string }>>;

const later: Record<string, Lazy> = {
  targets: async () => (await import("./pages/targets")).Targets,
  target: async () => (await import("./pages/target")).TargetPage,
  baselines: async () => (await import("./pages/baselines")).BaselinesPage,
  tasks: async () => (await import("./pages/tasks")).Tasks,
  task: async () => (await import("./pages/task")).TaskPage,
  programme: async () => (await import("./pages/programme")).ProgrammePage,
  verify: async () => (await import("./pages/verify")).VerifyPage,
  health: async () => (await import("./pages/health")).HealthPage,
};

export function App(): JSX.Element {
  const path = address.value.pathname;
  useEffect(() => {
    if (path === "/") go(to("/board"), true);
  }, [path]);
  const [, page = "board", id = ""] = path.split("/").map(decodeURIComponent);
  const wall = page === "" || page === "board";
  return (
    <Guard key={path}>
      <Hatches />
      <Announcer />
      {!wall && <Bar page={page} id={id} />}
      <Offline />
      <Page page={page} id={id} />
    </Guard>
  );
}

function Page({ page, id }: { page: string; id: string }): JSX.Element {
  useEffect(() => {
    document.title = t(page === "lines" ? "page.line" : hasTitle(page) ? `page.${page}` : "page.board");
  }, [page, language.value]);
  if (page === "" || page === "board") return <Board />;
  if (page === "lines" && id) return <Line key={id} id={id} />;
  const lazy = later[(page === "targets" || page === "tasks") && id ? page.slice(0, -1) : page];
  return lazy ? <Later key={page + id} load={lazy} id={id} /> : <Nothing />;
}

function Later({ load, id }: { load: Lazy; id: string }): JSX.Element {
  const [Found, put] = useState<{ page: ComponentType<{ id: string }> } | null>(null);
  useEffect(() => patiently(() => Promise.all([load(), learn()]), ([page]) => put({ page })), [load]);
  return Found ? <Found.page id={id} /> : <Loading />;
}

function hasTitle(page: string): boolean {
  return page in later && page !== "target" && page !== "task";
}

/** A page that cannot be drawn says so in words; the bar above it stays. */
class Guard extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  override componentDidCatch(): void {
    this.setState({ broken: true });
  }

  override render(): JSX.Element {
    return this.state.broken ? <Broken /> : <>{this.props.children}</>;
  }
}

/** Says a change of state once, politely, to whoever listens instead of looking. */
function Announcer(): JSX.Element {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const known = new Map<string, Look>();
    return effect(() => {
      const news: string[] = [];
      for (const line of lines.value) {
        const shown = look(line);
        const before = known.get(line.line);
        known.set(line.line, shown);
        if (before !== undefined && before !== shown) {
          news.push(t("state.announce", { line: line.name, state: t(`state.${shown}`) }));
        }
      }
      if (news.length && place.current) place.current.textContent = news.join(". ");
    });
  }, []);
  return <p class="unseen" aria-live="polite" ref={place} />;
}
