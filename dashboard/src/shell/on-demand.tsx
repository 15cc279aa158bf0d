// Code splitting: a component in its own chunk that renders without a fallback once it is loaded.
import { type ComponentType, lazy, useState } from 'react';

export interface OnDemand<P extends object> {
  Component: ComponentType<P>;
  /** Loads the chunk ahead of use. */
  load: () => Promise<unknown>;
  /** Whether the chunk is loaded. */
  isLoaded: () => boolean;
}

/**
 * Unlike `lazy` alone, a loaded component renders at once: `lazy` always suspends first, and React then keeps the
 * fallback for at least 300 ms.
 */
export function onDemand<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): OnDemand<P> {
  let loaded: ComponentType<P> | undefined;
  const start = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const Lazy = lazy(async () => {
    try {
      return await start();
    } catch (error) {
      return reloadPage(error);
    }
  });
  function Component(props: P) {
    const [Current] = useState<ComponentType<P>>(() => loaded ?? Lazy);
    return <Current {...props} />;
  }
  return { Component, load: start, isLoaded: () => loaded !== undefined };
}

/**
 * Handles a chunk that can’t be fetched: the server is down, or was updated and has other chunks. Browsers never retry a
 * failed module, so the page is reloaded once the server responds. If a reload has just been tried, the error is thrown.
 */
async function reloadPage(error: unknown): Promise<never> {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < RELOAD_INTERVAL_MS) {
    throw error;
  }
  while (!(await fetch('/v1/health', { cache: 'no-store' }).then(() => true, () => false))) {
    await new Promise((done) => setTimeout(done, 1500));
  }
  sessionStorage.setItem(RELOADED, String(Date.now()));
  window.location.reload();
  return new Promise(() => undefined);
}

const RELOADED = 'onecli-reloaded';
const RELOAD_INTERVAL_MS = 15_000;
