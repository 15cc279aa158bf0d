// An MCP server of the TypeScript SDK, at the port that it prints.
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
const { isInitializeRequest } = require('@modelcontextprotocol/sdk/types.js');
const { z } = require('zod');
const http = require('http'), { randomUUID } = require('crypto');

let deleted = 0;
const sessions = {};
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });
function serve() {
  const server = new McpServer({ name: 'files', version: '1' });
  server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }) => text(a + b));
  server.registerTool('delete_file', { inputSchema: { path: z.string() } }, async () => text(++deleted));
  server.registerTool('count_deleted', { inputSchema: {} }, async () => text(deleted));
  return server;
}
http.createServer(async (request, response) => {
  let transport = sessions[request.headers['mcp-session-id']];
  if (!transport) {
    transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => { sessions[id] = transport; } });
    await serve().connect(transport);
  }
  await transport.handleRequest(request, response);
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
