// The project’s name and policy mode.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { projectsQuery } from '../../api/queries';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { BlockSkeleton } from '../../components/skeletons';
import { POLICY_MODES } from '../../rules/policy-mode';
import { usePerson } from '../../session/person';
import classes from './settings.module.css';

export function Project() {
  const person = usePerson();
  const projects = useQuery(projectsQuery);
  const project = projects.data?.find((one) => one.id === person.projectId);
  if (project === undefined) {
    return projects.isError ? (
      <ErrorState subject="the project" error={projects.error} onRetry={() => void projects.refetch()} />
    ) : (
      <BlockSkeleton height={220} />
    );
  }
  return (
    <>
      <NameForm project={project} />
      <section className={`card ${classes.panel}`}>
        <Title order={2} mb="xs">
          {POLICY_MODES[project.policyMode].label}
        </Title>
        <Text className="quiet" mb="md">
          {POLICY_MODES[project.policyMode].description} Agents only ever use secrets that they have access to.
        </Text>
        <Button component={Link} href="/rules" variant="default">
          Change on the Rules page
        </Button>
      </section>
    </>
  );
}

function NameForm({ project }: { project: Schemas['Project'] }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: project.name },
    validate: { name: (value) => (value.trim() === '' ? 'Enter a name' : null) },
  });
  const save = useMutation({
    mutationFn: ({ name }: { name: string }) =>
      read(api.PATCH('/v1/projects/{id}', { params: { path: { id: project.id } }, body: { name: name.trim() } })),
    onSuccess: (_, values) => {
      notify('Project saved');
      form.resetDirty(values);
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: () => void client.invalidateQueries({ queryKey: ['projects'] }),
  });
  return (
    <form className={`card ${classes.panel}`} noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack>
        <TextInput label="Project name" maxLength={255} maw={420} {...form.getInputProps('name')} />
        {problem !== null && (
          <Text c="var(--blocked)" role="alert">
            {problem}
          </Text>
        )}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
