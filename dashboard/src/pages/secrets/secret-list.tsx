// The list of secrets: hosts, health and usage.
import { Button, Table, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconKey, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { secretsQuery } from '../../api/queries';
import { hostsOf } from '../../format/hosts';
import { count, plural } from '../../format/units';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { ProgressiveList } from '../../components/progressive-list';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { HostList } from './host-list';
import { Health } from './health';
import classes from '../../components/list-table.module.css';

export function SecretList() {
  const secrets = useQuery(secretsQuery);
  const [, go] = useLocation();
  const [wanted, setWanted] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);
  const text = wanted.trim().toLowerCase();
  const shown = (secrets.data ?? []).filter((one) => `${one.name} ${hostsOf(one).join(' ')} ${one.typeLabel}`.toLowerCase().includes(text));
  return (
    <>
      <PageHeader
        title="Secrets"
        description="API keys and tokens that the gateway adds to requests. Values are stored encrypted and can’t be viewed."
        actions={
          <Button component={Link} href="/secrets/new" leftSection={<IconPlus size={16} />}>
            Add secret
          </Button>
        }
      />
      {secrets.isPending ? (
        <RowSkeletons rows={6} />
      ) : secrets.isError && secrets.data === undefined ? (
        <ErrorState subject="secrets" error={secrets.error} onRetry={() => void secrets.refetch()} />
      ) : secrets.data.length === 0 ? (
        <EmptyState
          icon={<IconKey size={26} />}
          title="No secrets yet"
          action={
            <Button component={Link} href="/secrets/new">
              Add secret
            </Button>
          }
        >
          Store a key with the hosts it is for. Agents can then use it without ever seeing it.
        </EmptyState>
      ) : (
        <>
          {secrets.data.length > 6 && (
            <TextInput
              ref={search}
              mb="md"
              maw={420}
              leftSection={<IconSearch size={16} />}
              placeholder={`Search ${plural(secrets.data.length, 'secret')}`}
              aria-label="Search secrets"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          )}
          {shown.length === 0 && <Text className="quiet">No secrets match “{wanted}”.</Text>}
          {shown.length > 0 && (
            <ProgressiveList items={shown}>
              {(part) => (
                <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>Hosts</Table.Th>
                      <Table.Th>Health</Table.Th>
                      <Table.Th className={classes.wide}>Last used</Table.Th>
                      <Table.Th className={classes.wide}>Requests</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {part.map((secret) => (
                      <Table.Tr key={secret.id} className={classes.row} onClick={() => go(`/secrets/${secret.id}`)}>
                        <Table.Td>
                          <Link href={`/secrets/${secret.id}`} className={classes.name} onClick={(event) => event.stopPropagation()}>
                            {secret.name}
                          </Link>
                          <Text size="sm" className={`quiet code ${classes.wide}`}>
                            {secret.preview}
                          </Text>
                        </Table.Td>
                        <Table.Td className="code">
                          <HostList secret={secret} />
                        </Table.Td>
                        <Table.Td>
                          <Health health={secret.health} />
                        </Table.Td>
                        <Table.Td className={classes.wide}>
                          <TimeAgo at={secret.lastUsedAt} />
                        </Table.Td>
                        <Table.Td className={`number ${classes.wide}`}>{count(secret.useCount)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              )}
            </ProgressiveList>
          )}
        </>
      )}
    </>
  );
}
