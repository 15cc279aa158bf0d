// A part of the dashboard in a file of its own: loaded when it is wanted, and drawn at once where it is there already.
import { type ComponentType, lazy, useState } from 'react';

export interface OnDemand<P extends object> {
  Part: ComponentType<P>;
  /** Loads it, so that it is there when it is wanted. */
  load: () => Promise<unknown>;
  /** Whether it is. */
  isThere: () => boolean;
}

/**
 * What `lazy` alone makes is waited for even where it is there: what stands in for it is drawn first, and stays for the
 * 300 ms that React leaves it at the least.
 */
export function onDemand<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): OnDemand<P> {
  let there: ComponentType<P> | undefined;
  const start = async () => {
    const part = await load();
    there = part.default;
    return part;
  };
  const Later = lazy(async () => {
    try {
      return await start();
    } catch (error) {
      return startAnew(error);
    }
  });
  function Part(props: P) {
    const [Drawn] = useState<ComponentType<P>>(() => there ?? Later);
    return <Drawn {...props} />;
  }
  return { Part, load: start, isThere: () => there !== undefined };
}

/**
 * The server was away, or is a newer one that has other files. A browser never asks again for a file that it once
 * couldn't get, so the whole page is loaded anew as soon as there is a server. If that didn't help, it fails.
 */
async function startAnew(error: unknown): Promise<never> {
  const last = Number(sessionStorage.getItem(STARTED) ?? 0);
  if (Date.now() - last < PATIENCE) {
    throw error;
  }
  while (!(await fetch('/v1/health', { cache: 'no-store' }).then(() => true, () => false))) {
    await new Promise((done) => setTimeout(done, 1500));
  }
  sessionStorage.setItem(STARTED, String(Date.now()));
  window.location.reload();
  return new Promise(() => undefined);
}

const STARTED = 'onecli-started-anew';
const PATIENCE = 15_000;
