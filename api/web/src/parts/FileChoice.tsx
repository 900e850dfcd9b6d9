// A file to choose, in the words of the page: the browser's own button would speak the browser's language.
import type { JSX } from "preact";
import { t } from "../words";

export interface Props {
  id: string;
  label: string;
  accept: string;
  file: File | null;
  choose: (file: File | null) => void;
  busy?: boolean;
  hand?: boolean; // for a gloved hand
}

export function FileChoice({ id, label, accept, file, choose, busy, hand }: Props): JSX.Element {
  return (
    <div class="file-choice">
      <label for={id}>{label}</label>
      <span class="file-row">
        <span class={hand ? "button hand file-pick" : "button file-pick"} data-busy={busy || undefined}>
          <input id={id} type="file" accept={accept} disabled={busy} onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)} />
          <span aria-hidden="true">{t("file.choose")}</span>
        </span>
        <span class={file ? "file-name" : "file-name note"}>{file?.name ?? t("file.none")}</span>
      </span>
    </div>
  );
}
