// Uses an official MCP client against the MCP server, as a plan on standard input says, and prints what came of it as JSON:
//   { client: "sdk" | "client", transport: "stdio" | "http", command, args, env, url, headers, calls: [{ name, arguments }],
//     resources: [uri], prompts: [{ name, arguments }] }
// The clients check structured content against the tool's output schema themselves, once they have listed it.
const packages = {
  sdk: async () => ({
    ...(await import("@modelcontextprotocol/sdk/client/index.js")),
    ...(await import("@modelcontextprotocol/sdk/client/stdio.js")),
    ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
  }),
  client: async () => ({
    ...(await import("@modelcontextprotocol/client")),
    ...(await import("@modelcontextprotocol/client/stdio")),
  }),
};

// The clients give up after 60 s, which a busy machine may need.
const patience = { timeout: 600_000, maxTotalTimeout: 600_000 };

async function main() {
  const plan = JSON.parse(await new Response(require("node:stream").Readable.toWeb(process.stdin)).text());
  const { Client, StdioClientTransport, StreamableHTTPClientTransport } = await packages[plan.client]();
  // The older client speaks the older protocol; the newer one is held to the newer, or it would fall back.
  const options = plan.client === "client" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {};
  const client = new Client({ name: "tests", version: "1" }, options);
  const transport =
    plan.transport === "stdio"
      ? new StdioClientTransport({ command: plan.command, args: plan.args, env: { ...process.env, ...plan.env }, stderr: "inherit" })
      : new StreamableHTTPClientTransport(new URL(plan.url), { requestInit: { headers: plan.headers ?? {} } });
  await client.connect(transport, patience);
  const told = {
    server: client.getServerVersion(),
    instructions: client.getInstructions(),
    tools: (await client.listTools(undefined, patience)).tools,
    resources: (await client.listResources(undefined, patience)).resources,
    prompts: (await client.listPrompts(undefined, patience)).prompts,
    results: [],
    read: [],
    asked: [],
  };
  for (const call of plan.calls ?? []) {
    const progress = [];
    const params = { name: call.name, arguments: call.arguments };
    const hooks = { ...patience, onprogress: (it) => progress.push(it) };
    try {
      const result = await (plan.client === "sdk" ? client.callTool(params, undefined, hooks) : client.callTool(params, hooks));
      told.results.push({ name: call.name, result, progress });
    } catch (failure) {
      told.results.push({ name: call.name, failure: String(failure), progress });
    }
  }
  for (const uri of plan.resources ?? []) {
    told.read.push((await client.readResource({ uri }, patience)).contents[0]);
  }
  for (const prompt of plan.prompts ?? []) {
    told.asked.push((await client.getPrompt(prompt, patience)).messages[0].content.text);
  }
  await client.close();
  // The process ends when all of it is written, whatever a client left open.
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

main().then(
  () => {},
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);
