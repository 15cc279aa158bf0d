// Queries that pages share. Each has one key, so that a change on one page updates every other page.
import { QueryClient, queryOptions } from '@tanstack/react-query';

import { api, read, readAll } from './client';
import { ApiError } from './problem';

/** Retries network and server errors, never refused calls. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => count < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 8000),
      refetchOnWindowFocus: true,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) =>
    readAll((cursor) => api.GET('/v1/agents', { params: { query: { limit: 200, cursor } }, signal })),
});

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ['agents', id],
    queryFn: ({ signal }) => read(api.GET('/v1/agents/{id}', { params: { path: { id } }, signal })),
  });

export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: ({ signal }) =>
    readAll((cursor) => api.GET('/v1/secrets', { params: { query: { limit: 200, cursor } }, signal })),
});

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) =>
    readAll((cursor) => api.GET('/v1/rules', { params: { query: { limit: 200, cursor } }, signal })),
});

export const grantsQuery = queryOptions({
  queryKey: ['grants'],
  queryFn: ({ signal }) =>
    readAll((cursor) => api.GET('/v1/grants', { params: { query: { limit: 200, cursor } }, signal })),
});

export const userQuery = queryOptions({
  queryKey: ['user'],
  queryFn: ({ signal }) => read(api.GET('/v1/user', { signal })),
  staleTime: 60_000,
});

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => read(api.GET('/v1/projects', { signal })),
  staleTime: 60_000,
});

export const attentionQuery = queryOptions({
  queryKey: ['activity', 'attention'],
  queryFn: ({ signal }) => read(api.GET('/v1/attention', { signal })),
  refetchInterval: 30_000,
});

export const countsQuery = queryOptions({
  queryKey: ['counts'],
  queryFn: ({ signal }) => read(api.GET('/v1/counts', { signal })),
});
