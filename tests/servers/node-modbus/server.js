// A device to order: a Modbus TCP server of foreign make, told by lines of JSON on stdin what to do.
//
// node server.js '{"port": 1502}'
// Every answer is one line of JSON on stdout. It ends when stdin does, so that no test leaves it.
// The commands are those of pymodbus_server.py; this one can be mute as well.
const { createInterface } = require("node:readline");
const { join } = require("node:path");
const { createRequire } = require("node:module");

const options = JSON.parse(process.argv[2]);
const { ServerTCP } = createRequire(join(process.env.NODE_MODBUS, "package.json"))("modbus-serial");

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const tables = { coil: new Map(), discrete: new Map(), holding: new Map(), input: new Map() };
const refusals = new Map(); // table -> exception code
const mute = new Set(); // units that never answer
let counter;
let asked = 0; // requests of more than one register

function read(table, address, unit) {
  if (mute.has(unit)) return new Promise(() => {});
  const code = refusals.get(table) ?? (tables[table].has(address) ? 0 : 2);
  if (code) throw Object.assign(new Error(`exception ${code}`), { modbusErrorCode: code });
  return tables[table].get(address);
}

function several(table, address, count, unit) {
  asked += 1;
  return Array.from({ length: count }, (_, i) => read(table, address + i, unit));
}

function set({ table, address, words }) {
  words.forEach((word, i) => tables[table].set(address + i, word));
}

function show(count) {
  set({ table: "holding", address: 0, words: [count >>> 16, count & 0xffff] });
}

const commands = {
  set,
  count: ({ first, every_ms }) => {
    counter = { count: first };
    show(first);
    counter.timer = setInterval(() => show((counter.count += 1)), every_ms);
  },
  still: () => {
    clearInterval(counter.timer);
    return { count: counter.count };
  },
  refuse: ({ table, code }) => refusals.set(table, code),
  accept: ({ table }) => refusals.delete(table),
  mute: ({ unit }) => mute.add(unit),
  speak: ({ unit }) => mute.delete(unit),
  asked: () => ({ count: asked }),
};

const server = new ServerTCP({
  getCoil: (address, unit) => read("coil", address, unit),
  getDiscreteInput: (address, unit) => read("discrete", address, unit),
  getHoldingRegister: (address, unit) => read("holding", address, unit),
  getInputRegister: (address, unit) => read("input", address, unit),
  getMultipleHoldingRegisters: (address, count, unit) => several("holding", address, count, unit),
  getMultipleInputRegisters: (address, count, unit) => several("input", address, count, unit),
}, { host: "127.0.0.1", port: options.port });

server.on("initialized", () => say({ ready: true }));
server.on("serverError", (error) => say({ ready: false, error: String(error) }));
server.on("socketError", () => {}); // whoever hangs up is no fault of ours

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { command, ...rest } = JSON.parse(line);
    try {
      say({ ok: true, ...commands[command](rest) });
    } catch (error) {
      say({ ok: false, error: String(error) });
    }
  })
  .on("close", () => process.exit(0));
