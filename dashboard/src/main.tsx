// The entry point: mounts the application.
import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/global.css';

import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app';
import { loadPageAt } from './shell/routes';

const root = document.getElementById('root');
if (root === null) {
  throw new Error('index.html has no #root element');
}
// The server generates a CSP nonce per page; styles that the component library injects must carry it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
setNonce(nonce);
loadPageAt(window.location.pathname);
createRoot(root).render(
  <StrictMode>
    <App nonce={nonce} />
  </StrictMode>,
);
