// The fields of a summary. Long values scroll, and long lists are shortened until “Show more fields” is clicked.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';

import type { Schemas } from '../../api/client';
import { plural } from '../../format/units';
import { visibleFields } from './summary-fields';
import classes from './summary-list.module.css';

interface Props {
  fields: readonly Schemas['SummaryDetail'][];
  all: boolean;
  onShowAll?: () => void;
}

export function SummaryList({ fields, all, onShowAll }: Props) {
  const { shown, hidden } = visibleFields(fields, all);
  if (fields.length === 0) {
    return null;
  }
  return (
    <>
      <dl className={classes.list}>
        {shown.map((field, at) => (
          <div key={at} className={classes.field}>
            <dt>{field.label}</dt>
            {isLong(field.value) ? (
              // Focusable, so that it can be scrolled with the keyboard.
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              <dd className={classes.long} tabIndex={0}>
                {field.value}
              </dd>
            ) : (
              <dd>{field.value}</dd>
            )}
          </div>
        ))}
      </dl>
      {hidden > 0 && (
        <Button variant="light" color="yellow" size="compact-sm" mt="xs" className={classes.more} onClick={onShowAll} rightSection={<IconChevronDown size={14} />}>
          Show {plural(hidden, 'more field')}
        </Button>
      )}
    </>
  );
}

function isLong(value: string): boolean {
  return value.length > 400 || value.split('\n').length > 6;
}
