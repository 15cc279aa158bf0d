// An agent with the TypeScript SDK: one of its calls is refused, and its session goes on.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');

const text = (result) => result.content[0].text;
(async () => {
  const client = new Client({ name: 'agent', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
  console.log(text(await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })));
  await client.callTool({ name: 'delete_file', arguments: { path: '/x' } }).then(
    (result) => console.log('not refused:', result),
    (refused) => console.log(refused.code, refused.data.error, refused.data.rule_name));
  console.log(text(await client.callTool({ name: 'add', arguments: { a: 3, b: 4 } })));
  console.log(text(await client.callTool({ name: 'count_deleted', arguments: {} })));
  await client.close();
})();
