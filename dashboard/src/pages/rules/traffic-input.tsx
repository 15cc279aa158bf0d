// An input for a host or path pattern, with suggestions from recorded requests.
import { Autocomplete, type AutocompleteProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, read } from '../../api/client';

interface Props extends AutocompleteProps {
  of: 'host' | 'path';
  /** Limits path suggestions to this host. */
  host?: string;
}

export function TrafficInput({ of, host, ...props }: Props) {
  const [typed] = useDebouncedValue(props.value ?? '', 250);
  const suggestions = useQuery({
    queryKey: ['activity', 'suggestions', of, host, typed],
    queryFn: ({ signal }) =>
      read(api.GET('/v1/activity/suggestions', { params: { query: { field: of, q: typed, host: of === 'path' ? host : undefined } }, signal })),
    enabled: of === 'host' || (host !== undefined && host !== ''),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const values = [...new Set((suggestions.data ?? []).map((one) => one.value))];
  return <Autocomplete {...props} data={values} limit={8} classNames={{ input: 'code' }} autoComplete="off" spellCheck={false} />;
}
