// Serves the built pages with made-up documents, under the policy that the gateway sets. Development only.
// node mock/server.mjs [port] [lines] [scene]; POST /mock/{scene|silence|speak} changes it while it runs.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { iso, Site } from "./site.mjs";
import { accounting, definition, health, targets } from "./proof.mjs";

const [port = "8123", count = "3", scene = "day"] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../static", import.meta.url));
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json", ".md": "text/plain; charset=utf-8" };
const start = process.env.MOCK_NOW ? Date.parse(process.env.MOCK_NOW) - Date.now() : 0;
const site = new Site(Number(count), scene, () => Date.now() + start);
let silent = false;

const routes = [
  [/^\/lines$/, () => site.list()],
  [/^\/lines\/([^/]+)\/now$/, ([id]) => (site.ids.includes(id) ? site.now(id) : null)],
  [/^\/lines\/([^/]+)\/states$/, ([id], ask) => site.states(id, ...range(ask))],
  [/^\/stops$/, (_, ask) => site.stops(ask.get("line"), ...range(ask))],
  [/^\/kpis$/, (_, ask) => (ask.get("by") === "reason" ? site.losses(ask.get("line"), ...range(ask)) : site.rows(ask.get("line"), ...range(ask), ask.get("by")))],
  [/^\/targets$/, () => ({ as_of: iso(site.clock()), targets: targets(site.clock(), site.list().lines).map(({ series, ...rest }) => rest), firms: [], imported: [], across: [] })],
  [/^\/targets\/([^/]+)$/, ([id]) => targets(site.clock(), site.list().lines).find((target) => target.id === id) ?? null],
  [/^\/evidence$/, () => ({ key: { id: "0f3c" }, packages: [], jobs: [] })],
  [/^\/health$/, () => health(site.clock(), site.scene)],
  [/^\/accounting$/, () => accounting(site.clock(), site.scene)],
  [/^\/definitions\/(.+)$/, ([id]) => definition(decodeURIComponent(id))],
];

createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  response.setHeader("content-security-policy", POLICY);
  if (url.pathname === "/api/v1/stream") return stream(request, response);
  if (url.pathname.startsWith("/mock/")) return steer(url.pathname.slice(6), response);
  if (request.method === "PATCH") return patch(request, response, url.pathname);
  if (url.pathname.startsWith("/api/v1")) return document(response, url);
  return file(response, url.pathname);
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/board`));

function range(ask) {
  return [Date.parse(ask.get("from")), Date.parse(ask.get("to"))];
}

function document(response, url) {
  const path = url.pathname.slice("/api/v1".length);
  for (const [shape, answer] of routes) {
    const found = shape.exec(path);
    if (!found) continue;
    const body = answer(found.slice(1), url.searchParams);
    return body ? json(response, 200, body) : json(response, 404, { title: "찾는 것이 없습니다", detail: path, request_id: "mock-1" });
  }
  return json(response, 404, { title: "그런 경로가 없습니다", detail: path, request_id: "mock-2" });
}

function patch(request, response, path) {
  let text = "";
  request.on("data", (part) => (text += part));
  request.on("end", () => {
    const id = decodeURIComponent(path.slice("/api/v1/stops/".length));
    const done = site.change(id, JSON.parse(text), request.headers["if-match"]);
    json(response, done ? 200 : 412, done ? site.find(id) : { title: "changed meanwhile", status: 412, present: site.find(id) });
  });
}

function steer(word, response) {
  if (word === "silence") silent = true;
  else if (word === "speak") silent = false;
  else site.scene = word;
  json(response, 200, { scene: site.scene, silent });
}

function stream(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let frame = 0;
  const send = () => {
    if (silent) return;
    const body = { frame: ++frame, build: "mock", now: iso(site.clock()), status: "ok", lines: site.ids.map((id) => site.now(id)), sources: [{ id: "plc1", state: "running" }], import: process.env.MOCK_IMPORT ? { share: Number(process.env.MOCK_IMPORT) } : null };
    response.write(`id: ${frame}\nevent: frame\ndata: ${JSON.stringify(body)}\n\n`);
  };
  send();
  const timer = setInterval(send, 1000);
  request.on("close", () => clearInterval(timer));
}

function file(response, path) {
  const wanted = normalize(join(root, path));
  const there = wanted.startsWith(root) && existsSync(wanted) && statSync(wanted).isFile();
  const found = there ? wanted : join(root, "index.html");
  if (!existsSync(found)) return json(response, 503, { title: "the pages are being built" });
  response.writeHead(200, { "content-type": TYPES[extname(found)] ?? "application/octet-stream" });
  createReadStream(found).pipe(response);
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

