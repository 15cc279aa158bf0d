// The typed API client: calls return the response’s data or throw an ApiError.
import createClient from 'openapi-fetch';

import { ApiError, readProblem } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** The value is irrelevant: pages of other origins can’t set custom headers. */
const CSRF_HEADER = { 'x-csrf-token': '1' };

export const api = createClient<paths>({ headers: CSRF_HEADER, fetch: (request) => send(request) });

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(0, 'unreachable', 'Can’t reach the server.');
  }
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the data of a response. */
export async function read<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw readProblem(response.status, error);
  }
  return data as T;
}

/** Returns one page of a list and the cursor of the next page. */
export async function readPage<T>(call: Promise<Result<T[]>>): Promise<{ items: T[]; next: string | null }> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw readProblem(response.status, error);
  }
  return { items: data ?? [], next: response.headers.get('x-next-cursor') };
}

/** Fetches all pages of a list. */
export async function readAll<T>(page: (cursor: string | undefined) => Promise<Result<T[]>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await readPage(page(cursor));
    all.push(...items);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}
