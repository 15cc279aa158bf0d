"""What Python's clients send: forms with the fields `to` and `note`, one JSON object per line."""

import base64
import json

import httpx
import requests

FIELDS = {"to": "v1", "note": "a b&c=é\r\n\"quoted\" 100%"}
FILE = {"file": ("räksmörgås 1.txt", b"\x00\xff", "application/octet-stream")}
PLAIN_FILE = {"file": ("file 1.txt", b"\x00\xff", "application/octet-stream")}


def show(sender, content_type, body):
    body = body if isinstance(body, bytes) else body.encode()
    print(json.dumps({"sender": sender, "type": content_type, "body": base64.b64encode(body).decode()}))


for sender, files in [("requests", None), ("requests with a file", PLAIN_FILE)]:
    request = requests.Request("POST", "https://api.test/", data=FIELDS, files=files).prepare()
    show(sender, request.headers["content-type"], request.body)
for sender, files in [("httpx", None), ("httpx with a file", FILE)]:
    request = httpx.Request("POST", "https://api.test/", data=FIELDS, files=files)
    show(sender, request.headers["content-type"], request.read())
