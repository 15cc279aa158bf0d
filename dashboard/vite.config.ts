// The build, the development proxy, and the preview server, which sends the production content security policy.
import { randomBytes } from 'node:crypto';

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const api = process.env.ONECLI_API ?? 'http://127.0.0.1:10254';

/** Inserts a nonce into the page and sends the content security policy, as the server does. */
function policy(): Plugin {
  let nonce = '';
  return {
    name: 'policy',
    configurePreviewServer(server) {
      server.middlewares.use((_, response, next) => {
        nonce = randomBytes(16).toString('hex');
        response.setHeader(
          'Content-Security-Policy',
          `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
            "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
            "frame-ancestors 'none'",
        );
        next();
      });
    },
    transformIndexHtml: (html, context) => (context.server ? html.replace('__CSP_NONCE__', nonce) : html),
  };
}

export default defineConfig({
  plugins: [react(), policy()],
  build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 700, target: 'es2022', manifest: true },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/sign-in', '/docs', '/health'].map((path) => [
        path,
        { target: api, changeOrigin: true, headers: { origin: api } },
      ]),
    ),
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
} as Parameters<typeof defineConfig>[0]);
