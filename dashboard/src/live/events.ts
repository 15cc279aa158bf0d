// Server-sent events over a connection that reconnects automatically.
import { useEffect, useEffectEvent, useState } from 'react';

export type ConnectionState = 'connecting' | 'open' | 'lost';

/** Subscribes to a stream while `active` and passes the parsed JSON of each event to `onEvent`. */
export function useEvents(url: string, events: readonly string[], onEvent: (event: string, data: unknown) => void, active = true): ConnectionState {
  const [connection, setConnection] = useState<ConnectionState>('connecting');
  const handle = useEffectEvent(onEvent);
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
        setConnection('open');
      };
      source.onerror = () => {
        setConnection('lost');
        // The browser reconnects by itself, except after an error response.
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
          handle(name, data);
        });
      }
    };
    open();
    return () => {
      window.clearTimeout(timer);
      source?.close();
    };
  }, [url, names, active]);
  return connection;
}
