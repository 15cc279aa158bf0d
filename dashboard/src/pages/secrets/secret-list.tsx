// Every secret: where it goes, how it fares, when it was used.
import { Button, Table, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconKey, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { secretsQuery } from '../../api/queries';
import { count, plural } from '../../format/units';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { ProgressiveList } from '../../components/progressive-list';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { Health } from './health';
import classes from '../../components/list-table.module.css';

export function SecretList() {
  const secrets = useQuery(secretsQuery);
  const [, go] = useLocation();
  const [wanted, setWanted] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);
  const text = wanted.trim().toLowerCase();
  const shown = (secrets.data ?? []).filter((one) => `${one.name} ${one.hostPattern} ${one.typeLabel}`.toLowerCase().includes(text));
  return (
    <>
      <PageHeader
        title="Secrets"
        about="Keys and tokens that are put into requests on their way out. Values are encrypted, and never shown again."
        actions={
          <Button component={Link} href="/secrets/new" leftSection={<IconPlus size={16} />}>
            Add a secret
          </Button>
        }
      />
      {secrets.isPending ? (
        <RowSkeletons rows={6} />
      ) : secrets.isError && secrets.data === undefined ? (
        <ErrorState what="Secrets" error={secrets.error} again={() => void secrets.refetch()} />
      ) : secrets.data.length === 0 ? (
        <EmptyState
          icon={<IconKey size={26} />}
          title="No secrets yet"
          action={
            <Button component={Link} href="/secrets/new">
              Add the first one
            </Button>
          }
        >
          Store a key once, say for which host it is, and every agent that may use it can, without ever seeing it.
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
          {shown.length === 0 && <Text className="quiet">No secret is called “{wanted}”.</Text>}
          {shown.length > 0 && (
            <ProgressiveList all={shown}>
              {(part) => (
                <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>Goes to</Table.Th>
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
                          {secret.hostPattern}
                          {secret.pathPattern ?? ''}
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
