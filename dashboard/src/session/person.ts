// The person who is signed in, for whoever needs to know.
import { createContext, useContext } from 'react';

import type { Schemas } from '../api/client';

export const PersonContext = createContext<Schemas['User'] | null>(null);

/** The person; only within a session. */
export function usePerson(): Schemas['User'] {
  const person = useContext(PersonContext);
  if (person === null) {
    throw new Error('nobody is signed in here');
  }
  return person;
}
