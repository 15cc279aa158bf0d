// Shown until the session is known.
import { Logo } from './logo';
import classes from './centre.module.css';

export function Splash() {
  return (
    <div className={classes.centre} role="status" aria-label="Loading">
      <Logo size={44} />
    </div>
  );
}
