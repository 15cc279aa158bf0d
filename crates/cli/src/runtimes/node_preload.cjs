// Sends Node's fetch, http and https through the proxy that HTTPS_PROXY and HTTP_PROXY name.
// From 22.21 and 24.5 on Node can do so itself (NODE_USE_ENV_PROXY), but only for the global agents and dispatcher:
// `onecli run` doesn't set that, because a client with an https.Agent of its own would bypass the gateway.
'use strict';

(function install() {
  const secure = proxyOf(process.env.https_proxy || process.env.HTTPS_PROXY);
  const plain = proxyOf(process.env.http_proxy || process.env.HTTP_PROXY);
  if (!secure && !plain) return;

  const bypassed = (process.env.no_proxy || process.env.NO_PROXY || '')
    .split(/[,\s]+/).filter(Boolean).map((name) => name.toLowerCase());

  const net = require('node:net');
  const http = require('node:http');
  const https = require('node:https');
  const { Duplex } = require('node:stream');

  function proxyOf(text) {
    try {
      const url = new URL(text);
      if (url.protocol !== 'http:') return undefined;
      const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      return {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port || 80),
        authorization: credentials === ':' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`,
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

  // A tunnel as a stream that exists before it is open, for callers that need their socket at once.
  class Tunnel extends Duplex {
    constructor(proxy, host, port) {
      super({ allowHalfOpen: true });
      this.connecting = true;
      this.opened = new Promise((resolve) => {
        tunnel(proxy, host, port, (error, socket) => {
          this.connecting = false;
          if (error || this.destroyed) {
            if (socket) socket.destroy();
            this.destroy(error);
            return;
          }
          this.socket = socket;
          socket.on('data', (chunk) => this.push(chunk) || socket.pause());
          socket.on('end', () => this.push(null));
          socket.on('error', (failure) => this.destroy(failure));
          socket.on('close', () => this.destroy());
          resolve(socket);
          this.emit('connect');
          socket.resume();
        });
      });
    }

    _read() {
      if (this.socket) this.socket.resume();
    }

    _write(chunk, encoding, done) {
      this.opened.then((socket) => socket.write(chunk, encoding, done));
    }

    _final(done) {
      this.opened.then((socket) => socket.end(done));
    }

    _destroy(error, done) {
      if (this.socket) this.socket.destroy();
      done(error);
    }

    // What http and its users call on a socket.
    setTimeout(milliseconds, listener) {
      if (listener) this.once('timeout', listener);
      this.opened.then((socket) => socket.setTimeout(milliseconds, () => this.emit('timeout')));
      return this;
    }

    setNoDelay() { return this; }

    setKeepAlive(...args) {
      this.opened.then((socket) => socket.setKeepAlive(...args));
      return this;
    }

    ref() {
      this.opened.then((socket) => socket.ref());
      return this;
    }

    unref() {
      this.opened.then((socket) => socket.unref());
      return this;
    }
  }

  // All agents are reached through the prototypes, also those that libraries create for themselves.
  function patch(module, isTls, defaultPort, wrap) {
    const prototype = module.Agent.prototype;
    const direct = prototype.createConnection;
    prototype.createConnection = function createConnection(options, done) {
      // http's method is also what https's agents inherit; agents with a proxy of their own use that.
      const isOther = !isTls && this instanceof https.Agent;
      const hasProxy = this && this.options && this.options.proxyEnv;
      const port = (options && options.port) || defaultPort;
      const proxy = isOther || hasProxy || !options || options.socketPath || options.socket
        ? undefined : proxyFor(isTls, options.host, port);
      if (!proxy) return direct.apply(this, arguments);
      const open = (socket) => wrap(direct, this, options, socket);
      // A subclass, or an agent that borrowed this method, may use the socket that it expects to be returned.
      if (typeof done !== 'function' || this.createConnection !== prototype.createConnection) {
        const stream = new Tunnel(proxy, options.host, port);
        const opened = open(stream);
        if (opened !== stream) {
          // TLS on a stream doesn't pass these on, and an idle connection would keep the process alive.
          for (const name of ['ref', 'unref']) opened[name] = () => { stream[name](); return opened; };
        }
        return opened;
      }
      tunnel(proxy, options.host, port, (error, socket) => {
        let opened;
        try {
          if (error) throw error;
          opened = open(socket);
        } catch (failure) {
          if (socket) socket.destroy();
          done(failure);
          return;
        }
        done(null, opened);
        if (!isTls) socket.resume();
      });
    };
  }

  patch(http, false, 80, (direct, agent, options, socket) => socket);
  patch(https, true, 443, (direct, agent, options, socket) => direct.call(agent, { ...options, socket, path: undefined }));

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

  // fetch uses the dispatcher under these symbols. When undici (built in or installed) is loaded it looks there, finds
  // nothing, and at once defines its default: at that moment it is given a dispatcher that uses the proxy. Older
  // versions define the first alone; newer ones the second, and then the first: as the same or as a wrapper of it.
  const first = Symbol.for('undici.globalDispatcher.1');
  const second = Symbol.for('undici.globalDispatcher.2');
  const define = Object.defineProperty;
  const restore = () => { Object.defineProperty = define; };

  function intercept() {
    let replaced;
    let proxied;
    const throughProxy = (dispatcher) => {
      const name = dispatcher && dispatcher.constructor && dispatcher.constructor.name;
      if (proxied && dispatcher === replaced) return proxied;
      if (proxied && name === 'Dispatcher1Wrapper') return new dispatcher.constructor(proxied);
      // A dispatcher that the program chose stays.
      if (proxied || name !== 'Agent') return dispatcher;
      replaced = dispatcher;
      proxied = new dispatcher.constructor({ connect });
      return proxied;
    };
    Object.defineProperty = function defineProperty(target, name, descriptor) {
      if (target !== globalThis || (name !== first && name !== second)) return define(target, name, descriptor);
      if (name === first) restore();
      return define(target, name, { ...descriptor, value: throughProxy(descriptor.value) });
    };
    queueMicrotask(restore);
  }

  if (typeof globalThis.fetch !== 'function') return;
  for (const symbol of [first, second]) {
    // With NODE_USE_ENV_PROXY, which a program may set for its children, Node has set one that uses the proxy.
    if (Object.hasOwn(globalThis, symbol)) continue;
    define(globalThis, symbol, {
      configurable: true,
      enumerable: false,
      get() {
        intercept();
        return undefined;
      },
      set(value) {
        define(globalThis, symbol, { configurable: false, enumerable: false, writable: true, value });
      },
    });
  }
})();
