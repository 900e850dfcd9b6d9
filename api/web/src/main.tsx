// Entry: the texts first, then the page, then the live values.
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { address, followLinks, paint, paintPaper } from "./address";
import { resumeCounts } from "./live/counts";
import { resume } from "./live/queue";
import { start } from "./live/store";
import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/board.css";
import "./style/line.css";
import "./style/counts.css";
import { speak } from "./words";

void import("./style/fonts.css"); // 92 slices by range of letters; nothing waits for their list
paint();
paintPaper();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
followLinks();
await speak(address.value.searchParams.get("lang"));
effect(() => {
  paint();
  void speak(address.value.searchParams.get("lang"));
});
const root = document.getElementById("app");
if (root) render(<App />, root);
void start();
void resume();
void resumeCounts();
