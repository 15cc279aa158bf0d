// What Node's clients send: forms with the fields `to` and `note`, one JSON object per line.
'use strict';

const FormDataStream = require('form-data');
const qs = require('qs');

const FIELDS = { to: 'v1', note: 'a b&c=é\r\n"quoted" 100%' };

function show(sender, type, body) {
  console.log(JSON.stringify({ sender, type, body: Buffer.from(body).toString('base64') }));
}

async function main() {
  const form = new FormData();
  const stream = new FormDataStream();
  for (const [name, value] of Object.entries(FIELDS)) {
    form.append(name, value);
    stream.append(name, value);
  }
  form.append('file', new Blob([new Uint8Array([0, 255])]), 'räksmörgås 1.txt');
  stream.append('file', Buffer.from([0, 255]), { filename: 'räksmörgås 1.txt' });
  for (const [sender, body] of [['fetch with FormData', form], ['fetch with URLSearchParams', new URLSearchParams(FIELDS)]]) {
    const response = new Response(body);
    show(sender, response.headers.get('content-type'), await response.arrayBuffer());
  }
  show('form-data', stream.getHeaders()['content-type'], stream.getBuffer());
  show('qs', 'application/x-www-form-urlencoded', qs.stringify(FIELDS));
}

main();
