// What Node's readers of request bodies find: reads cases from stdin, one JSON object per line, and answers in kind.
// Each answer says of every reader which values it finds for the case's key. What a reader refuses it doesn't find.
'use strict';

const { Readable, Writable } = require('node:stream');
const querystring = require('node:querystring');
const readline = require('node:readline');
const busboy = require('busboy');
const formidable = require('formidable');
const graphql = require('graphql');
const multer = require('multer');
const qs = require('qs');

function request(test) {
  const stream = Readable.from([test.body]);
  stream.headers = { 'content-type': test.type, 'content-length': String(test.body.length) };
  stream.method = 'POST';
  return stream;
}

// The texts that a program compares when it reads this value.
function scalars(value) {
  if (Array.isArray(value)) return value.flatMap(scalars);
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(scalars);
  return value === undefined ? [] : [String(value)];
}

const own = (object, key) => (object && Object.hasOwn(object, key) ? [object[key]] : []);

function readJson(test) {
  const value = JSON.parse(test.body.toString('utf8'));
  const messages = Array.isArray(value) ? value : [value];
  return messages.flatMap((one) => own(one, test.key)).flatMap((found) => (Array.isArray(found) ? found : [found]))
    .filter((found) => found === null || typeof found !== 'object').map(String);
}

function fromText(test, read) {
  return scalars(own(read(test.body.toString('utf8')), test.key));
}

// What these find before they meet something broken, or wait for more in vain, was handed on.
function gathered(read) {
  return (test) => new Promise((resolve) => {
    const found = [];
    const timer = setTimeout(() => resolve(found), 100);
    read(test, found, () => {
      clearTimeout(timer);
      resolve(found);
    });
  });
}

const readBusboy = gathered((test, found, done) => {
  const parser = busboy({ headers: { 'content-type': test.type } });
  parser.on('field', (name, value) => name === test.key && found.push(value));
  parser.on('file', (name, file) => {
    const chunks = [];
    file.on('data', (chunk) => chunks.push(chunk));
    file.on('error', done);
    file.on('end', () => name === test.key && found.push(Buffer.concat(chunks).toString('utf8')));
  });
  parser.on('error', done);
  parser.on('close', done);
  parser.end(test.body);
});

const readMulter = gathered((test, found, done) => {
  const incoming = request(test);
  multer().any()(incoming, {}, () => {
    const files = (incoming.files ?? []).filter((file) => file.fieldname === test.key);
    found.push(...scalars(own(incoming.body, test.key)), ...files.map((file) => file.buffer.toString('utf8')));
    done();
  });
});

const readFormidable = gathered((test, found, done) => {
  const parser = formidable.formidable({
    fileWriteStreamHandler: () => new Writable({ write: (_chunk, _encoding, next) => next() }),
  });
  parser.on('field', (name, value) => name === test.key && found.push(value));
  parser.parse(request(test)).then(done, done);
});

// The names of the root fields of all operations that may run, of their types and of themselves.
function readGraphql(test) {
  let requests = [{ query: test.body.toString('utf8') }];
  if (test.type !== 'application/graphql') {
    const value = JSON.parse(test.body.toString('utf8'));
    requests = Array.isArray(value) ? value : [value];
  }
  const query = querystring.parse(test.query);
  return requests.flatMap((one) => {
    const document = graphql.parse(query.query ?? one.query);
    const operation = graphql.getOperationAST(document, query.operationName ?? one.operationName);
    if (!operation) return [];
    const fragments = Object.fromEntries(document.definitions
      .filter((part) => part.kind === 'FragmentDefinition').map((part) => [part.name.value, part]));
    const seen = new Set();
    const walk = (set) => set.selections.flatMap((part) => {
      if (part.kind === 'Field') return [part.name.value, ...(part.selectionSet ? walk(part.selectionSet) : [])];
      if (part.kind === 'InlineFragment') return walk(part.selectionSet);
      if (seen.has(part.name.value)) return [];
      seen.add(part.name.value);
      return walk(fragments[part.name.value].selectionSet);
    });
    if (test.key === 'operationType') return [operation.operation];
    if (test.key === 'operationName') return operation.name ? [operation.name.value] : [];
    return walk(operation.selectionSet);
  });
}

const READERS = {
  json: { 'JSON.parse': readJson },
  form: {
    qs: (test) => fromText(test, (text) => qs.parse(text)),
    'qs with dots': (test) => fromText(test, (text) => qs.parse(text, { allowDots: true })),
    querystring: (test) => fromText(test, (text) => querystring.parse(text)),
    URLSearchParams: (test) => fromText(test, (text) => {
      const found = new URLSearchParams(text).getAll(test.key);
      return found.length ? { [test.key]: found } : {};
    }),
    busboy: readBusboy,
    formidable: readFormidable,
  },
  multipart: { busboy: readBusboy, multer: readMulter, formidable: readFormidable },
  graphql: { 'graphql-js': readGraphql },
};

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const test = JSON.parse(line);
    test.body = Buffer.from(test.body, 'base64');
    const answer = {};
    for (const [name, read] of Object.entries(READERS[test.kind] ?? {})) {
      try {
        answer[name] = (await read(test)).map((text) => String(text).toWellFormed());
      } catch {
        // It refuses the body.
      }
    }
    console.log(JSON.stringify(answer));
  }
}

// Readers end streams that others still write to.
process.on('uncaughtException', () => {});
main();
