// The bar over the full width that says since when nothing was heard.
import type { JSX } from "preact";
import { clockSeconds } from "../domain/time";
import { link, lostSince } from "../live/store";
import { t } from "../words";

export function Offline(): JSX.Element {
  const lost = link.value === "lost";
  if (typeof document !== "undefined") document.documentElement.classList.toggle("is-lost", lost);
  const since = lostSince.value;
  return (
    <div class={lost ? "offline" : "offline offline-none"} role="status">
      {lost && (
        <>
          <strong>
            {since ? t("link.lost_since", { time: clockSeconds(since) }) : t("link.lost")}
          </strong>{" "}
          <span>{t("link.lost_means")}</span>
        </>
      )}
    </div>
  );
}
