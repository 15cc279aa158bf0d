// The way to the API: typed calls that give what was asked for, or throw an ApiError.
import createClient from 'openapi-fetch';

import { ApiError, readProblem } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** Any value does: pages of other origins can't set a header of their own. */
const OWN_PAGE = { 'x-csrf-token': '1' };

export const api = createClient<paths>({ headers: OWN_PAGE, fetch: (request) => reach(request) });

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(0, 'unreachable', 'The server can’t be reached.');
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call gave. */
export async function read<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw readProblem(response.status, error);
  }
  return data as T;
}

/** What a call for a page of a list gave, and where the next one begins. */
export async function readPage<T>(call: Promise<Answer<T[]>>): Promise<{ items: T[]; next: string | null }> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw readProblem(response.status, error);
  }
  return { items: data ?? [], next: response.headers.get('x-next-cursor') };
}

/** Every item of a list, page after page. */
export async function readAll<T>(page: (cursor: string | undefined) => Promise<Answer<T[]>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await readPage(page(cursor));
    all.push(...items);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}
