// The signed-in person as React context.
import { createContext, useContext } from 'react';

import type { Schemas } from '../api/client';

export const PersonContext = createContext<Schemas['User'] | null>(null);

/** Returns the signed-in person; only valid inside a session. */
export function usePerson(): Schemas['User'] {
  const person = useContext(PersonContext);
  if (person === null) {
    throw new Error('usePerson is called outside a session');
  }
  return person;
}
