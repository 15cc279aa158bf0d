// Tabs as links: each view has its own URL.
import { Link, useLocation } from 'wouter';

import classes from './tab-links.module.css';

interface Tab {
  path: string;
  label: string;
  count?: number;
}

export function TabLinks({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const [location] = useLocation();
  // The longest matching path is the current tab.
  const current = tabs
    .filter((tab) => location === tab.path || location.startsWith(`${tab.path}/`))
    .sort((one, other) => other.path.length - one.path.length)[0];
  return (
    <nav aria-label={label} className={classes.tabs}>
      {tabs.map((tab) => (
        <Link key={tab.path} href={tab.path} className={classes.tab} aria-current={tab === current ? 'page' : undefined}>
          {tab.label}
          {tab.count !== undefined && tab.count > 0 && <span className={classes.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
