"""An agent with the Python SDK: one of its calls is refused, and its session goes on. Speaks both generations of the protocol."""

import sys

import anyio
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError


async def call(client, tool, **arguments):
    return (await client.call_tool(tool, arguments)).content[0].text


async def main(mode):
    async with Client(sys.argv[1], mode=mode) as client:
        print(await call(client, "add", a=1, b=2))
        try:
            print("not refused:", await call(client, "delete_file", path="/x"))
        except MCPError as refused:
            print(refused.error.code, refused.error.data["error"], refused.error.data["rule_name"])
        print(await call(client, "add", a=3, b=4))
        print(await call(client, "count_deleted"))


for mode in ("legacy", "auto"):
    anyio.run(main, mode)
