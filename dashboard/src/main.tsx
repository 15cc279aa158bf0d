// Where the page begins.
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
  throw new Error('the page has no place for the dashboard');
}
// The server makes a nonce for each page: styles that the component library adds must bear it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
setNonce(nonce);
loadPageAt(window.location.pathname);
createRoot(root).render(
  <StrictMode>
    <App nonce={nonce} />
  </StrictMode>,
);
