// Leads Node's fetch, http and https through the proxy that HTTPS_PROXY and HTTP_PROXY name.
// Node does this by itself from 22.21 and 24.5 on (NODE_USE_ENV_PROXY); this script then does nothing.
'use strict';

(function lead() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const readsProxyItself = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
  if (readsProxyItself && process.env.NODE_USE_ENV_PROXY === '1') return;

  const secure = proxyOf(process.env.https_proxy || process.env.HTTPS_PROXY);
  const plain = proxyOf(process.env.http_proxy || process.env.HTTP_PROXY);
  if (!secure && !plain) return;

  const bypassed = (process.env.no_proxy || process.env.NO_PROXY || '')
    .split(/[,\s]+/).filter(Boolean).map((name) => name.toLowerCase());

  const net = require('node:net');
  const http = require('node:http');
  const https = require('node:https');

  function proxyOf(text) {
    try {
      const url = new URL(text);
      if (url.protocol !== 'http:') return undefined;
      const word = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      return {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port || 80),
        authorization: word === ':' ? '' : `Proxy-Authorization: Basic ${Buffer.from(word).toString('base64')}\r\n`,
      };
    } catch {
      return undefined;
    }
  }

  function isBypassed(host, port) {
    const name = String(host).toLowerCase().replace(/^\[|\]$/g, '');
    return bypassed.some((entry) => {
      if (entry === '*') return true;
      const [, bare, only] = /^(.*?)(?::(\d+))?$/.exec(net.isIPv6(entry) ? `${entry}` : entry) || [];
      if (net.isIPv6(entry)) return entry === name;
      if (only && Number(only) !== Number(port)) return false;
      const suffix = bare.replace(/^\*?\./, '');
      return name === suffix || (!net.isIP(name) && name.endsWith(`.${suffix}`));
    });
  }

  function proxyFor(isTls, host, port) {
    const proxy = isTls ? secure : plain;
    return proxy && host && !isBypassed(host, port) ? proxy : undefined;
  }

  // Plain HTTP goes through a tunnel too: the gateway tells by the first bytes what flows in it.
  function tunnel(proxy, host, port, done) {
    const socket = net.connect({ host: proxy.host, port: proxy.port });
    const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
    let head = Buffer.alloc(0);
    let ended = false;
    const end = (error) => {
      if (ended) return;
      ended = true;
      socket.removeListener('data', read);
      socket.removeListener('error', end);
      socket.removeListener('end', early);
      socket.setTimeout(0);
      if (error) {
        socket.destroy();
        done(error);
      } else {
        done(null, socket);
      }
    };
    const early = () => end(new Error(`the gateway closed the connection to ${authority}`));
    const read = (chunk) => {
      head = Buffer.concat([head, chunk]);
      const at = head.indexOf('\r\n\r\n');
      if (at < 0) return head.length > 65536 ? end(new Error('the gateway did not answer in HTTP')) : undefined;
      const status = Number((/^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, 16)) || [])[1]);
      if (status === 200) {
        socket.pause();
        if (head.length > at + 4) socket.unshift(head.subarray(at + 4));
        return end();
      }
      const error = new Error(`the gateway refused the connection to ${authority}: ${status} ${reason(head.subarray(at + 4))}`.trim());
      error.code = 'ERR_PROXY_TUNNEL';
      error.statusCode = status;
      return end(error);
    };
    socket.setNoDelay(true);
    socket.setTimeout(30000, () => end(new Error(`the gateway did not answer for ${authority} in time`)));
    socket.on('error', end);
    socket.on('end', early);
    socket.on('data', read);
    socket.on('connect', () => {
      socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proxy.authorization}\r\n`);
    });
  }

  function reason(body) {
    try {
      const said = JSON.parse(body.toString('utf8'));
      return said.message || said.error || '';
    } catch {
      return '';
    }
  }

  // Every agent is reached through the prototypes, also those that libraries make for themselves.
  const directPlain = http.Agent.prototype.createConnection;
  http.Agent.prototype.createConnection = function createConnection(options, done) {
    const isTls = this instanceof https.Agent;
    const proxy = isTls || !options || options.socketPath ? undefined : proxyFor(false, options.host, options.port || 80);
    if (!proxy || typeof done !== 'function') return directPlain.apply(this, arguments);
    tunnel(proxy, options.host, options.port || 80, (error, socket) => {
      if (error) return done(error);
      done(null, socket);
      socket.resume();
    });
  };

  const directSecure = https.Agent.prototype.createConnection;
  https.Agent.prototype.createConnection = function createConnection(options, done) {
    const proxy = !options || options.socketPath || options.socket
      ? undefined : proxyFor(true, options.host, options.port || 443);
    if (!proxy || typeof done !== 'function') return directSecure.apply(this, arguments);
    tunnel(proxy, options.host, options.port || 443, (error, socket) => {
      if (error) return done(error);
      let secured;
      try {
        secured = directSecure.call(this, { ...options, socket, path: undefined });
      } catch (thrown) {
        socket.destroy();
        return done(thrown);
      }
      done(null, secured);
    });
  };

  function connect(options, done) {
    const tls = require('node:tls');
    const isTls = options.protocol === 'https:';
    const host = String(options.hostname).replace(/^\[|\]$/g, '');
    const port = Number(options.port || (isTls ? 443 : 80));
    const proxy = proxyFor(isTls, host, port);
    const reach = proxy
      ? (next) => tunnel(proxy, host, port, next)
      : (next) => {
        const socket = net.connect({ host, port, localAddress: options.localAddress || undefined, autoSelectFamily: true });
        const fail = (error) => next(error);
        socket.once('error', fail);
        socket.once('connect', () => {
          socket.removeListener('error', fail);
          socket.setNoDelay(true);
          next(null, socket);
        });
      };
    reach((error, socket) => {
      if (error) return done(error);
      if (!isTls) return done(null, socket);
      const name = options.servername || host;
      const secured = tls.connect({
        socket, host, servername: net.isIP(name) ? undefined : name, ALPNProtocols: ['http/1.1'],
      });
      const fail = (failure) => {
        secured.destroy();
        done(failure);
      };
      secured.once('error', fail);
      secured.once('secureConnect', () => {
        secured.removeListener('error', fail);
        done(null, secured);
      });
    });
  }

  // fetch finds its dispatcher at this place. undici, built in or installed, looks there when it is loaded, finds
  // nothing, and at once defines one of its own: in that moment it is given one that leads through the proxy.
  const place = Symbol.for('undici.globalDispatcher.1');
  const defineDirectly = Object.defineProperty;
  const restore = () => { Object.defineProperty = defineDirectly; };
  function defineLeading(target, name, descriptor) {
    if (target !== globalThis || name !== place) return defineDirectly(target, name, descriptor);
    restore();
    return defineDirectly(target, name, { ...descriptor, value: leading(descriptor.value) });
  }

  function leading(dispatcher) {
    // What somebody else chose on purpose stays.
    const isDefault = dispatcher && dispatcher.constructor && dispatcher.constructor.name === 'Agent';
    return isDefault ? new dispatcher.constructor({ connect }) : dispatcher;
  }

  if (typeof globalThis.fetch !== 'function') return;
  defineDirectly(globalThis, place, {
    configurable: true,
    enumerable: false,
    get() {
      Object.defineProperty = defineLeading;
      queueMicrotask(restore);
      return undefined;
    },
    set(value) {
      defineDirectly(globalThis, place, { configurable: false, enumerable: false, writable: true, value });
    },
  });
})();
