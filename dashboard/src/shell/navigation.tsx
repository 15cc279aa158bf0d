// The main navigation, with the number of pending approvals.
import { Link } from 'wouter';

import { usePending } from '../live/approvals';
import classes from './navigation.module.css';
import { loadPageAt, sections } from './routes';

export function Navigation({ location, onNavigate }: { location: string; onNavigate: () => void }) {
  const pending = usePending().length;
  return (
    <nav aria-label="Pages">
      <ul className={classes.list}>
        {sections.map(({ path, label, Icon }) => {
          const isCurrent = path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
          return (
            <li key={path}>
              <Link href={path} className={classes.link} aria-current={isCurrent ? 'page' : undefined} onClick={onNavigate} onPointerEnter={() => loadPageAt(path)} onFocus={() => loadPageAt(path)}>
                <Icon size={18} stroke={1.8} aria-hidden />
                {label}
                {path === '/approvals' && pending > 0 && (
                  <span className={classes.count} aria-label={`${pending} pending`}>
                    {pending}
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
