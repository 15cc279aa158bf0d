// The navigation: every page, the one where one is, and what waits there.
import { Link } from 'wouter';

import { usePending } from '../live/approvals';
import classes from './navigation.module.css';
import { loadPageAt, sections } from './routes';

export function Navigation({ location, onNavigate }: { location: string; onNavigate: () => void }) {
  const waiting = usePending().length;
  return (
    <nav aria-label="Pages">
      <ul className={classes.list}>
        {sections.map(({ path, label, Icon }) => {
          const here = path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
          return (
            <li key={path}>
              <Link href={path} className={classes.link} aria-current={here ? 'page' : undefined} onClick={onNavigate} onPointerEnter={() => loadPageAt(path)} onFocus={() => loadPageAt(path)}>
                <Icon size={18} stroke={1.8} aria-hidden />
                {label}
                {path === '/approvals' && waiting > 0 && (
                  <span className={classes.count} aria-label={`${waiting} waiting`}>
                    {waiting}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
