// Remembers the page on which the session ended, because the sign-in link opens the overview.

const KEY = 'onecli.return-to';

export function saveReturnPath(): void {
  const current = window.location.pathname + window.location.search;
  if (current !== '/' && !current.startsWith('/signed-out')) {
    localStorage.setItem(KEY, current);
  }
}

/** Returns the saved path and clears it. */
export function takeReturnPath(): string | null {
  const path = localStorage.getItem(KEY);
  localStorage.removeItem(KEY);
  return path !== null && /^\/(?![/\\])/.test(path) ? path : null;
}
