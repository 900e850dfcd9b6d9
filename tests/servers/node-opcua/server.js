// A PLC to order: an OPC UA server of foreign make, told by lines of JSON on stdin what to do.
//
// node server.js '{"port": 14840, "pki": "/tmp/pki", "namespaces": ["urn:mask"], "nodes": {...}}'
// Every answer is one line of JSON on stdout. It ends when stdin does, so that no test leaves it.
const { createInterface } = require("node:readline");
const { join } = require("node:path");
const { createHash } = require("node:crypto");
const { createRequire } = require("node:module");

const options = JSON.parse(process.argv[2]);
const opcua = createRequire(join(process.env.NODE_OPCUA, "package.json"))("node-opcua");
const { DataType, StatusCodes, Variant, VariantArrayType } = opcua;

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const nodes = new Map(); // name -> variable
const ramps = new Map(); // name -> how often and how far it has been raised
let server;

function add(name, type, value, rank = -1) {
  const space = server.engine.addressSpace;
  const [identifier, uri] = name.split("@"); // Body.Good@urn:other; urn:mask where none is named
  const owner = space.getNamespace(uri ?? "urn:mask");
  const variable = owner.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: identifier,
    nodeId: `s=${identifier}`,
    dataType: type,
    valueRank: rank,
    minimumSamplingInterval: options.sampling_ms ?? 0,
  });
  if (options.history) space.installHistoricalDataNode(variable, { maxOnlineValues: 100000 });
  variable.setValueFromSource(variant(type, value));
  nodes.set(name, { variable, type });
}

function variant(type, value) {
  const arrayType = Array.isArray(value) ? VariantArrayType.Array : VariantArrayType.Scalar;
  return new Variant({ dataType: DataType[type], arrayType, value });
}

function set({ name, value, type, status, source_ms }) {
  const node = nodes.get(name);
  const sent = variant(value === null ? "Null" : (type ?? node.type), numbers[value] ?? value);
  const at = source_ms === undefined ? new Date() : new Date(source_ms);
  node.variable.setValueFromSource(sent, StatusCodes[status ?? "Good"], at);
}

const subscriptions = () => Object.values(server.engine._sessions).flatMap(
  (session) => session.publishEngine.subscriptions);

const numbers = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

// The truth of a test: a value that counts, so that every one of them is known to have been there.
function ramp({ name, every_ms, step = 1, first = 0 }) {
  const state = { count: first, at_ms: [], timer: undefined };
  const raise = () => {
    for (let i = 0; i < step; i += 1) {
      state.count += 1;
      const at = new Date(Date.now() + i);
      state.at_ms.push(at.getTime());
      nodes.get(name).variable.setValueFromSource(
        variant("Double", state.count), StatusCodes.Good, at);
    }
  };
  state.timer = setInterval(raise, every_ms);
  ramps.set(name, state);
}

// What a benchmark reads: many values that change together, and count how often they did.
let changes = 0;

function crowd({ count, every_ms }) {
  for (let i = 0; i < count; i += 1) add(`Many.${i}`, "Double", 0);
  setInterval(() => {
    changes += 1;
    for (let i = 0; i < count; i += 1) set({ name: `Many.${i}`, value: changes });
  }, every_ms);
}

const commands = {
  changes: () => ({ count: changes }),
  crowd,
  set,
  ramp,
  add: ({ name, type, value, rank }) => add(name, type, value, rank),
  remove: ({ name }) => {
    server.engine.addressSpace.deleteNode(nodes.get(name).variable.nodeId);
    nodes.delete(name);
  },
  still: ({ name }) => {
    clearInterval(ramps.get(name).timer);
    return { count: ramps.get(name).count };
  },
  told: ({ name }) => ({ at_ms: ramps.get(name).at_ms }), // when it took the values 1, 2, 3 …
  reset: () => {
    for (const { timer } of ramps.values()) clearInterval(timer);
    ramps.clear();
    for (const name of [...nodes.keys()]) if (!(name in options.nodes)) commands.remove({ name });
    for (const [name, [type, value, rank]] of Object.entries(options.nodes)) {
      if (nodes.has(name)) set({ name, type, value });
      else add(name, type, value, rank);
    }
  },
  forget: ({ name }) => { // as a server does that loses an item and does not know it
    const { nodeId } = nodes.get(name).variable;
    for (const subscription of subscriptions()) {
      for (const item of subscription.monitoredItems.values()) {
        if (item.node.nodeId.toString() === nodeId.toString()) {
          item.setMonitoringMode(opcua.MonitoringMode.Disabled);
        }
      }
    }
  },
  leave: ({ seconds, reason }) => { // as one does that is switched off in good order
    server.engine.setShutdownReason(opcua.coerceLocalizedText(reason));
    server.shutdown(seconds * 1000).catch(() => {});
  },
  refuse: ({ code, ends }) => { // the PublishRequests that wait, and the subscription if it `ends`
    for (const session of Object.values(server.engine._sessions)) {
      session.publishEngine._cancelPendingPublishRequest(StatusCodes[code]);
      for (const { id } of ends ? session.publishEngine.subscriptions : []) {
        session.deleteSubscription(id);
      }
    }
  },
  sessions: () => ({ count: server.engine.currentSessionCount }),
  unacknowledged: () => ({ count: subscriptions().reduce(
    (sum, subscription) => sum + subscription.sentNotificationMessageCount, 0) }),
  subscriptions: () => ({ count: server.engine.currentSubscriptionCount }),
};

async function main() {
  const accept = new opcua.OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: options.accepts ?? true,
    rootFolder: options.pki,
  });
  server = new opcua.OPCUAServer({
    port: options.port,
    hostname: "127.0.0.1",
    nodeset_filename: [opcua.nodesets.standard],
    serverCertificateManager: accept,
    serverInfo: { applicationUri: "urn:peer:node-opcua", productUri: "peer" },
    allowAnonymous: options.anonymous ?? true,
    userManager: { isValidUser: (user, password) => options.users?.[user] === password },
    securityPolicies: [
      opcua.SecurityPolicy.None,
      opcua.SecurityPolicy.Basic256Sha256,
      opcua.SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    securityModes: [
      opcua.MessageSecurityMode.None,
      opcua.MessageSecurityMode.Sign,
      opcua.MessageSecurityMode.SignAndEncrypt,
    ],
    serverCapabilities: {
      maxSessions: options.sessions ?? 20,
      ...(options.subscriptions && { maxSubscriptions: options.subscriptions }),
      minSupportedSampleRate: options.sampling_ms ?? 0, // 0: no change is coalesced with the next
    },
    disableDiscovery: true,
  });
  await server.initialize();
  for (const uri of options.namespaces) server.engine.addressSpace.registerNamespace(uri);
  for (const [name, [type, value, rank]] of Object.entries(options.nodes)) {
    add(name, type, value, rank);
  }
  await server.start();
  const certificate = server.getCertificate();
  say({ ready: true, sha256: createHash("sha256").update(certificate).digest("hex") });

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
}

main().catch((error) => {
  say({ ready: false, error: String(error) });
  process.exit(1);
});
