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
import { type ComponentType, lazy } from 'react';

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

const load = {
  overview: () => import('../pages/overview'),
  activity: () => import('../pages/activity'),
  approvals: () => import('../pages/approvals'),
  agents: () => import('../pages/agents'),
  secrets: () => import('../pages/secrets'),
  rules: () => import('../pages/rules'),
  settings: () => import('../pages/settings'),
};

/** Each page gets what is behind its own path: `/agents/:id` is the agents' page with the rest `id`. */
export const pages: readonly { pattern: string; Page: ComponentType }[] = [
  { pattern: '/', Page: lazy(load.overview) },
  { pattern: '/activity/*?', Page: lazy(load.activity) },
  { pattern: '/approvals/*?', Page: lazy(load.approvals) },
  { pattern: '/agents/*?', Page: lazy(load.agents) },
  { pattern: '/secrets/*?', Page: lazy(load.secrets) },
  { pattern: '/rules/*?', Page: lazy(load.rules) },
  { pattern: '/settings/*?', Page: lazy(load.settings) },
];

/** Loads all pages once nothing else is to be done, so that a switch waits for nothing. */
export function loadAllPages(): void {
  const all = () => Object.values(load).forEach((one) => void one());
  if ('requestIdleCallback' in window) {
    window.requestIdleCallback(all, { timeout: 4000 });
  } else {
    setTimeout(all, 2000);
  }
}
