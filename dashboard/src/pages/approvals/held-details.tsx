// Everything about a held request: headers, the beginning of its body, its hash.
import { Text } from '@mantine/core';

import { bytes } from '../../format/units';
import type { Held } from '../../live/approvals';
import classes from './held-details.module.css';

export function HeldDetails({ held }: { held: Held }) {
  const headers = Object.entries(held.headers as Record<string, string>);
  return (
    <div className={classes.all}>
      <h3>Headers</h3>
      <Text size="sm" className="quiet">
        Without credentials and cookies.
      </Text>
      {headers.length === 0 ? (
        <Text size="sm">None.</Text>
      ) : (
        <table className={classes.headers}>
          <tbody>
            {headers.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>Body</h3>
      {held.bodyBytes === 0 ? (
        <Text size="sm">None.</Text>
      ) : (
        <>
          <Text size="sm" className="quiet">
            {bytes(held.bodyBytes)}
            {held.bodyPreview === null || held.bodyPreview === undefined ? ', not text.' : ', its beginning as it will be sent.'}
          </Text>
          {held.bodyPreview && (
            // Focusable, so that it can be scrolled by key.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <pre className={classes.body} tabIndex={0} aria-label="Body">
              {held.bodyPreview}
            </pre>
          )}
          <Text size="sm" className="quiet">
            SHA-256 <span className="code">{held.bodySha256}</span>
          </Text>
        </>
      )}
      <Text size="sm" className="quiet" mt="xs">
        Held request <span className="code">{held.id}</span>
      </Text>
    </div>
  );
}
