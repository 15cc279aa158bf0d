// The form for a new secret, prefilled from a known service or a link.
import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconArrowLeft, IconExternalLink, IconSearch } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { hostsOf } from '../../format/hosts';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { validators } from './validators';
import { EMPTY, fromLink, HOST_FIELDS, hostFields, injectionOf, type SecretDraft, placementOf } from './injection';
import { RequestPreview } from './request-preview';
import { SecretFields } from './secret-fields';
import classes from './secret-form.module.css';

export function NewSecret() {
  const search = useSearch();
  const services = useQuery(servicesQuery);
  if (services.isPending) {
    return <RowSkeletons rows={6} />;
  }
  const link = fromLink(search);
  // A link with only a host is completed from the known service of that host, with all of its hosts.
  const known = link.placement === undefined ? services.data?.find((one) => hostsOf(one).includes(link.hosts ?? '')) : undefined;
  const initial = { ...EMPTY, ...link, ...(known && { ...draftOf(known), name: link.name ?? known.name, pathPattern: link.pathPattern ?? '' }) };
  // Keyed by the link, so that another link resets the form.
  return <Form key={search} initial={initial} known={known ?? null} />;
}

const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: ({ signal }) => read(api.GET('/v1/services', { signal })),
  staleTime: Infinity,
});

function draftOf(service: Schemas['Service']): Partial<SecretDraft> {
  return {
    type: service.type,
    hosts: hostsOf(service).join('\n'),
    pathPattern: '',
    ...(service.type === 'generic' && placementOf(service.injectionConfig)),
  };
}

function Form({ initial, known }: { initial: SecretDraft; known: Schemas['Service'] | null }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  const [service, setService] = useState(known);
  const form = useForm<SecretDraft>({ mode: 'controlled', initialValues: initial, validate: validators(false) });
  const save = useMutation({
    mutationFn: (draft: SecretDraft) =>
      read(
        api.POST('/v1/secrets', {
          body: {
            name: draft.name.trim(),
            type: draft.type,
            value: draft.value,
            ...hostFields(draft),
            pathPattern: draft.pathPattern.trim() || null,
            injectionConfig: injectionOf(draft),
            allowPlaintext: draft.allowPlaintext,
          },
        }),
      ),
    onSuccess: (secret) => {
      // The value must not stay in memory.
      form.setFieldValue('value', '');
      notify(secret.warning ?? `Secret stored; used from the next request to ${hostsOf(secret).join(', ')} on`);
      go(`/secrets/${secret.id}`);
    },
    onError: (error) => setProblem(showErrors(form, error, HOST_FIELDS)),
    onSettled: () => {
      save.reset();
      void client.invalidateQueries({ queryKey: ['secrets'] });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });
  const pick = (one: Schemas['Service']) => {
    setService(one);
    form.setValues({ name: form.getValues().name || one.name, ...draftOf(one) });
    form.clearErrors();
  };
  return (
    <>
      <PageHeader
        title="Add secret"
        description="The gateway adds it to requests. Agents never see it."
        back={
          <Anchor component={Link} href="/secrets" size="sm" className={classes.up}>
            <IconArrowLeft size={14} aria-hidden /> Secrets
          </Anchor>
        }
      />
      <div className={classes.columns}>
        <form
          className={`card ${classes.form}`}
          noValidate
          autoComplete="off"
          onSubmit={form.onSubmit((draft) => {
            setProblem(null);
            save.mutate(draft);
          })}
        >
          <Stack gap="lg">
            <ServicePicker selected={service?.id ?? null} onSelect={pick} />
            <SecretFields form={form} editing={false} />
            {problem !== null && (
              <Text c="var(--blocked)" role="alert">
                {problem}
              </Text>
            )}
            <Group gap="xs">
              <Button type="submit" loading={save.isPending}>
                Store secret
              </Button>
              <Button component={Link} href="/secrets" variant="default">
                Cancel
              </Button>
            </Group>
          </Stack>
        </form>
        <aside className={classes.aside} aria-label="Help">
          {service !== null && (
            <div className={`card ${classes.form}`}>
              <Text fw={560}>{service.name}</Text>
              <Text className="quiet">Used for requests to {hostsOf(service).join(', ')}.</Text>
              <Anchor href={service.keysUrl} target="_blank" rel="noreferrer noopener" className={classes.up} mt="xs">
                Get a key <IconExternalLink size={15} aria-hidden />
              </Anchor>
            </div>
          )}
          <RequestPreview draft={form.getValues()} />
        </aside>
      </div>
    </>
  );
}

function ServicePicker({ selected, onSelect }: { selected: string | null; onSelect: (service: Schemas['Service']) => void }) {
  const [search, setSearch] = useState('');
  const services = useQuery(servicesQuery);
  if (services.isError) {
    return null;
  }
  const text = search.trim().toLowerCase();
  const shown = (services.data ?? []).filter((one) => `${one.name} ${hostsOf(one).join(' ')}`.toLowerCase().includes(text));
  return (
    <div>
      <TextInput
        label="Service"
        description="Select a service to fill in hosts and header, or enter them yourself."
        placeholder="Search services"
        leftSection={<IconSearch size={15} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <ul className={classes.services}>
        {shown.map((one) => (
          <li key={one.id}>
            <button type="button" className={classes.service} aria-pressed={selected === one.id} onClick={() => onSelect(one)}>
              <Text fw={540} size="sm">
                {one.name}
              </Text>
              <Text size="xs" className="quiet code cut">
                {hostsOf(one).join(', ')}
              </Text>
            </button>
          </li>
        ))}
        {shown.length === 0 && !services.isPending && (
          <li>
            <Text size="sm" className="quiet">
              No known service. Enter its host below.
            </Text>
          </li>
        )}
      </ul>
    </div>
  );
}
