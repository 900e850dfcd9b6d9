// Small pictures for stop reasons, each always beside its word.
import type { JSX } from "preact";

const PICTURES: Record<string, JSX.Element> = {
  roll: <path d="M4 12a8 8 0 1 1 8 8h9M9 12a3 3 0 1 0 6 0 3 3 0 0 0-6 0z" />,
  jam: <path d="M3 8c5-4 7 8 10 4s4-6 8-3M3 16c4-3 6 3 9 1M15 14l6 6M21 14l-6 6" />,
  material: <path d="m12 3 9 5v8l-9 5-9-5V8zM3 8l9 5 9-5M12 13v8" />,
  breakdown: <path d="M20 7a5 5 0 0 1-6.500 6.500L7 20l-3-3 6.500-6.500A5 5 0 0 1 17 4l-3 3 3 3z" />,
  product: <path d="M4 9h13l-4-4M20 15H7l4 4" />,
  quality: <path d="M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM14.500 14.500 21 21M7.500 10l2 2 3.500-4" />,
  cleaning: <path d="M14 3 9 13M6 13h8l2 8H3zM8 17v4M12 17v4" />,
  meeting: <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM17 11a3 3 0 1 0 0-6M2 20c0-4 2.500-6 6-6s6 2 6 6M16 14c3.500 0 6 2 6 6" />,
  break: <path d="M4 8h12v6a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM16 9h2a3 3 0 0 1 0 6h-2M8 2v3M12 2v3" />,
  power: <path d="M13 2 5 14h6l-1 8 9-13h-6z" />,
  tool: <path d="M4 20 14 10M12 4l8 8M10 6l8 8M15 3l6 6" />,
  upstream: <path d="M3 12h9M8 7l-5 5 5 5M14 4h7v16h-7" />,
  downstream: <path d="M12 12h9M16 7l5 5-5 5M3 4h7v16H3" />,
  operator: <path d="M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-5 3-8 8-8s8 3 8 8" />,
  humidity: <path d="M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z" />,
  temperature: <path d="M10 4a2 2 0 0 1 4 0v10a4 4 0 1 1-4 0zM12 9v8" />,
  hoist: <path d="M3 4h18M12 4v7M12 11a4 4 0 1 0 4 4M8 4v3M16 4v3" />,
  bath: <path d="M3 8v9a3 3 0 0 0 3 3h12a3 3 0 0 0 3-3V8M3 12c3-2 6 2 9 0s6 2 9 0M12 3v6" />,
  rack: <path d="M5 3v18M19 3v18M5 8h14M5 14h14M9 8v4M14 8v4M9 14v4M14 14v4" />,
  press: <path d="M12 2v9M8 7l4 4 4-4M4 14h16M6 18h12v3H6z" />,
  pouch: <path d="M5 5h14v16H5zM5 9h14M9 2v3M15 2v3" />,
  plan: <path d="M4 5h16v16H4zM4 10h16M8 2v5M16 2v5" />,
  other: <path stroke-width="4" d="M5 12h.01M12 12h.01M19 12h.01" />,
};

const ALSO: Record<string, keyof typeof PICTURES> = {
  roll_change: "roll", horn: "tool", wrench: "breakdown", fault: "breakdown", box: "material", swap: "product", changeover: "product", change_over: "product", magnifier: "quality",
  inspection: "quality", broom: "cleaning", people: "meeting", person: "operator", cup: "break", bolt: "power", blade: "tool", mold: "tool", starved: "upstream", blocked: "downstream", drop: "humidity", calendar: "plan", maintenance: "breakdown",
};

export function Pictogram({ of }: { of: string | null }): JSX.Element {
  const name = of ?? "other";
  const picture = PICTURES[name] ?? PICTURES[ALSO[name] ?? "other"] ?? PICTURES["other"];
  return (
    <svg class="pictogram" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {picture}
    </svg>
  );
}
