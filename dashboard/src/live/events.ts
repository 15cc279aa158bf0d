// Server-sent events, with a connection that comes back by itself.
import { useEffect, useEffectEvent, useState } from 'react';

export type Link = 'connecting' | 'open' | 'lost';

/** Follows a stream while `active`. Each event's data is given to `see`, read as JSON. */
export function useEvents(url: string, events: readonly string[], see: (event: string, data: unknown) => void, active = true): Link {
  const [link, setLink] = useState<Link>('connecting');
  const told = useEffectEvent(see);
  const names = events.join(' ');
  useEffect(() => {
    if (!active) {
      return;
    }
    let source: EventSource | undefined;
    let timer: number | undefined;
    let tries = 0;
    const open = () => {
      source = new EventSource(url);
      source.onopen = () => {
        tries = 0;
        setLink('open');
      };
      source.onerror = () => {
        setLink('lost');
        // The browser comes back by itself unless it gave up, which it does where it was refused.
        if (source?.readyState === EventSource.CLOSED) {
          timer = window.setTimeout(open, Math.min(1000 * 2 ** tries++, 15_000));
        }
      };
      for (const name of names.split(' ')) {
        source.addEventListener(name, (event: MessageEvent<string>) => {
          let data: unknown = null;
          try {
            data = JSON.parse(event.data);
          } catch {
            return;
          }
          told(name, data);
        });
      }
    };
    open();
    return () => {
      window.clearTimeout(timer);
      source?.close();
    };
  }, [url, names, active]);
  return link;
}
