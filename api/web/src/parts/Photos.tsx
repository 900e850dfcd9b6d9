// Photos of a task: shown small, brought as a file. What the camera wrote into one is left out.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Task } from "../domain/task";
import { moment } from "../domain/time";
import { ask, Problem } from "../live/ask";
import { t } from "../words";
import { FileChoice } from "./FileChoice";
import { Trouble } from "./Shared";

export function Photos({ of, changed }: { of: Task; changed: (task: Task) => void }): JSX.Element {
  const [name, sign] = useState("");
  const [caption, say] = useState("");
  const [file, choose] = useState<File | null>(null);
  const [problem, tell] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const send = async (): Promise<void> => {
    if (!file) return;
    work(true);
    const said = new URLSearchParams({ name, ...(caption.trim() ? { caption } : {}) });
    try {
      changed(await ask<Task>(`/tasks/${of.id}/photos?${said.toString()}`, { method: "POST", headers: { accept: "application/json", "content-type": file.type }, body: file }));
      tell(null);
      choose(null);
      say("");
    } catch (found) {
      if (!(found instanceof Problem)) throw found;
      tell(found);
    } finally {
      work(false);
    }
  };
  const shown = of.photos.filter((one) => !one.withdrawn);
  return (
    <section class="panel">
      <h2 class="section">{t("task.photos")}</h2>
      <ul class="task-photos">
        {shown.map((one) => (
          <li key={one.n}>
            <figure>
              <img src={`/api/v1/tasks/${of.id}/photos/${one.sha256}`} width={one.width} height={one.height} loading="lazy" alt={one.caption || t("task.photo_of", { name: one.name })} />
              <figcaption class="note num">{[one.caption, one.name, moment(t, one.at)].filter(Boolean).join(" · ")}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
      <details class="form-fold">
        <summary class="button">{t("task.add_photo")}</summary>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <FileChoice id="photo-file" label={t("task.photo_file")} accept="image/jpeg,image/png,image/webp" file={file} choose={choose} busy={busy} />
          <label class="form-row">
            <span>{t("form.optional", { label: t("task.caption") })}</span>
            <input type="text" maxLength={200} value={caption} onInput={(event) => say(event.currentTarget.value)} />
          </label>
          <label class="form-row">
            <span>{t("task.name")}</span>
            <input type="text" maxLength={80} value={name} onInput={(event) => sign(event.currentTarget.value)} />
          </label>
          <p class="note">{t("task.photo_kept")}</p>
          {problem && <Trouble problem={problem} again={() => void send()} />}
          <div class="actions">
            <button type="submit" class="button" disabled={busy || !file || !name.trim()}>
              {t("task.save")}
            </button>
          </div>
        </form>
      </details>
    </section>
  );
}
