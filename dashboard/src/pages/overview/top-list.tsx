// A ranked list with bars, such as the busiest agents.
import { Text, Title } from '@mantine/core';
import { Link } from 'wouter';

import { count } from '../../format/units';
import classes from './overview.module.css';

interface Row {
  key: string;
  name: string;
  href: string;
  requests: number;
  refused: number;
  failed: number;
}

export function TopList({ title, rows, code }: { title: string; rows: readonly Row[]; code?: boolean }) {
  const max = Math.max(1, ...rows.map((row) => row.requests));
  return (
    <section className={`card ${classes.topList}`} aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {rows.length === 0 ? (
        <Text className="quiet">None in this period.</Text>
      ) : (
        <ol className={classes.rows}>
          {rows.map((row) => (
            <li key={row.key}>
              <Link href={row.href} className={classes.row}>
                <span className={classes.bar} style={{ width: `${(row.requests / max) * 100}%` }} aria-hidden />
                <span className={`cut ${code ? 'code' : ''} ${classes.name}`}>{row.name}</span>
                <span className="number">
                  {count(row.requests)}
                  {row.refused > 0 && <span className={classes.refused}> {count(row.refused)} refused</span>}
                </span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
