// Where one was when the session ended: the one-time link leads to the front page, and from there back.

const KEY = 'onecli.return-to';

export function saveReturnPath(): void {
  const here = window.location.pathname + window.location.search;
  if (here !== '/' && !here.startsWith('/signed-out')) {
    localStorage.setItem(KEY, here);
  }
}

/** Where to go on, once. */
export function takeReturnPath(): string | null {
  const where = localStorage.getItem(KEY);
  localStorage.removeItem(KEY);
  return where !== null && /^\/(?![/\\])/.test(where) ? where : null;
}
