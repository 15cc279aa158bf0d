"""An MCP server of the Python SDK, at the port that it prints."""

import socket

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("files")
deleted = []


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


@server.tool()
def delete_file(path: str) -> str:
    deleted.append(path)
    return "deleted"


@server.tool()
def count_deleted() -> int:
    return len(deleted)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
# It is reached under another name than its own.
security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
app = server.streamable_http_app(transport_security=security)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
