"""What Python's readers of request bodies find: reads cases from stdin, one JSON object per line, and answers in kind.

Each answer says of every reader which values it finds for the case's key. What a reader refuses it doesn't find."""

import base64
import io
import json
import logging
import sys
from urllib.parse import unquote_plus

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from python_multipart import create_form_parser
from werkzeug.wrappers import Request

settings.configure(DEBUG=False, DEFAULT_CHARSET="utf-8", ALLOWED_HOSTS=["*"])
django.setup()
logging.disable(logging.CRITICAL)


def environ(case):
    body = case["body"]
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": case["query"],
        "SERVER_NAME": "api.test",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": case["type"],
        "CONTENT_LENGTH": str(len(body)),
    }


def scalars(value):
    """The texts that a program compares when it reads this value."""
    if isinstance(value, list):
        return [text for item in value for text in scalars(item)]
    if isinstance(value, dict):
        return []
    if isinstance(value, bool) or value is None:
        return [json.dumps(value)]
    return [str(value)]


def read_json(case):
    value = json.loads(case["body"])
    messages = value if isinstance(value, list) else [value]
    found = [one[case["key"]] for one in messages if isinstance(one, dict) and case["key"] in one]
    return scalars(found)


def read_django(case):
    request = WSGIRequest(environ(case))
    files = [file.read().decode("utf-8", "replace") for file in request.FILES.getlist(case["key"])]
    return request.POST.getlist(case["key"]) + files


def read_werkzeug(case):
    request = Request(environ(case))
    files = [file.read().decode("utf-8", "replace") for file in request.files.getlist(case["key"])]
    return request.form.getlist(case["key"]) + files


def read_python_multipart(case):
    """As Starlette and FastAPI use it."""
    found = []
    wanted = case["key"].encode()
    is_multipart = case["type"].lower().startswith("multipart")

    def decoded(text):
        return text.decode("utf-8", "replace") if is_multipart else unquote_plus(text.decode("latin-1"))

    def on_field(field):
        if decoded(field.field_name or b"") == case["key"]:
            found.append(decoded(field.value or b""))

    def on_file(file):
        if file.field_name == wanted:
            file.file_object.seek(0)
            found.append(file.file_object.read().decode("utf-8", "replace"))

    parser = create_form_parser({"Content-Type": case["type"].encode("latin-1")}, on_field, on_file)
    parser.write(case["body"])
    parser.finalize()
    return found


FORM_READERS = {"django": read_django, "werkzeug": read_werkzeug, "python-multipart": read_python_multipart}
READERS = {"json": {"python json": read_json}, "form": FORM_READERS, "multipart": FORM_READERS}

for line in sys.stdin:
    case = json.loads(line)
    case["body"] = base64.b64decode(case["body"])
    answer = {}
    for name, read in READERS.get(case["kind"], {}).items():
        try:
            # Half a surrogate pair is no text, and can't be written as such.
            answer[name] = [text.encode("utf-8", "replace").decode() for text in read(case)]
        except Exception:  # Whatever a reader raises: it refuses the body.
            pass
    print(json.dumps(answer))
