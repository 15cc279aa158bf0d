// The routes: path, label, icon and chunk of each page.
import {
  IconActivity,
  IconHandStop,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconRobot,
  IconSettings,
} from '@tabler/icons-react';

import type { AroundNavHandler } from 'wouter';

import { onDemand, type OnDemand } from './on-demand';

export interface Section {
  path: string;
  label: string;
  Icon: typeof IconKey;
  /** The key that follows `g` in the keyboard shortcut. */
  key: string;
}

/** The entries of the navigation. */
export const sections: readonly Section[] = [
  { path: '/', label: 'Overview', Icon: IconLayoutDashboard, key: 'o' },
  { path: '/activity', label: 'Activity', Icon: IconActivity, key: 'v' },
  { path: '/approvals', label: 'Approvals', Icon: IconHandStop, key: 'p' },
  { path: '/agents', label: 'Agents', Icon: IconRobot, key: 'a' },
  { path: '/secrets', label: 'Secrets', Icon: IconKey, key: 's' },
  { path: '/rules', label: 'Rules', Icon: IconListCheck, key: 'r' },
  { path: '/settings', label: 'Settings', Icon: IconSettings, key: 't' },
];

/** Each page handles its own subpaths: `/agents/:id` is the agents page with the rest `id`. */
export const pages: readonly ({ pattern: string } & OnDemand<object>)[] = [
  { pattern: '/', ...onDemand(() => import('../pages/overview')) },
  { pattern: '/activity/*?', ...onDemand(() => import('../pages/activity')) },
  { pattern: '/approvals/*?', ...onDemand(() => import('../pages/approvals')) },
  { pattern: '/agents/*?', ...onDemand(() => import('../pages/agents')) },
  { pattern: '/secrets/*?', ...onDemand(() => import('../pages/secrets')) },
  { pattern: '/rules/*?', ...onDemand(() => import('../pages/rules')) },
  { pattern: '/settings/*?', ...onDemand(() => import('../pages/settings')) },
];

function pageAt(path: string) {
  const section = `/${path.split(/[/?#]/)[1] ?? ''}`;
  return pages.find(({ pattern }) => pattern.replace('/*?', '') === section);
}

/** Preloads the page at a path. Errors are reported when the page renders. */
export function loadPageAt(path: string): void {
  pageAt(path)?.load().catch(() => undefined);
}

let latest = 0;

/** Navigates once the page’s chunk is loaded, or after 200 ms; the current page stays visible until then. */
export const navigateWhenLoaded: AroundNavHandler = (navigate, to, options) => {
  latest += 1;
  const current = latest;
  const page = pageAt(to);
  if (page === undefined || page.isLoaded()) {
    navigate(to, options);
    return;
  }
  const loaded = page.load().catch(() => undefined);
  void Promise.race([loaded, new Promise((done) => setTimeout(done, 200))]).then(() => {
    // A later navigation wins.
    if (current === latest) {
      navigate(to, options);
    }
  });
};

/** Preloads all pages while the browser is idle. */
export function loadAllPages(): void {
  const all = () => pages.forEach((page) => void page.load().catch(() => undefined));
  if ('requestIdleCallback' in window) {
    window.requestIdleCallback(all, { timeout: 4000 });
  } else {
    setTimeout(all, 2000);
  }
}
