// The pages: where each is, and the file that is loaded for it.
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
  /** Pressed after `g`. */
  key: string;
}

/** What stands in the navigation. */
export const sections: readonly Section[] = [
  { path: '/', label: 'Overview', Icon: IconLayoutDashboard, key: 'o' },
  { path: '/activity', label: 'Activity', Icon: IconActivity, key: 'v' },
  { path: '/approvals', label: 'Approvals', Icon: IconHandStop, key: 'p' },
  { path: '/agents', label: 'Agents', Icon: IconRobot, key: 'a' },
  { path: '/secrets', label: 'Secrets', Icon: IconKey, key: 's' },
  { path: '/rules', label: 'Rules', Icon: IconListCheck, key: 'r' },
  { path: '/settings', label: 'Settings', Icon: IconSettings, key: 't' },
];

/** Each page gets what is behind its own path: `/agents/:id` is the agents' page with the rest `id`. */
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

/** Loads the page that an address leads to. A file that can't be had is said when the page is drawn. */
export function loadPageAt(path: string): void {
  pageAt(path)?.load().catch(() => undefined);
}

let newest = 0;

/** Goes to a page once its file is there, or at the latest when people begin to wonder: the one where one is stays till then. */
export const whenLoaded: AroundNavHandler = (navigate, to, options) => {
  newest += 1;
  const own = newest;
  const page = pageAt(to);
  if (page === undefined || page.isThere()) {
    navigate(to, options);
    return;
  }
  const loaded = page.load().catch(() => undefined);
  void Promise.race([loaded, new Promise((done) => setTimeout(done, 200))]).then(() => {
    // Who went somewhere else meanwhile wants to be there.
    if (own === newest) {
      navigate(to, options);
    }
  });
};

/** Loads all pages once nothing else is to be done, so that a switch waits for nothing. */
export function loadAllPages(): void {
  const all = () => pages.forEach((page) => void page.load().catch(() => undefined));
  if ('requestIdleCallback' in window) {
    window.requestIdleCallback(all, { timeout: 4000 });
  } else {
    setTimeout(all, 2000);
  }
}
