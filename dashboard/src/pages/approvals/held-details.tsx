// The details of a held request: body preview, headers and identifiers.
import { Text } from '@mantine/core';

import { bytes } from '../../format/units';
import type { Held } from '../../live/approvals';
import classes from './held-details.module.css';

export function HeldDetails({ held }: { held: Held }) {
  const headers = Object.entries(held.headers as Record<string, string>);
  return (
    <div className={classes.all}>
      <h3>Body</h3>
      {held.bodyBytes === 0 ? (
        <Text size="sm">None</Text>
      ) : (
        <>
          <Text size="sm" className="quiet">
            {bodyCaption(held)}
          </Text>
          {held.bodyPreview && (
            // Focusable, so that it can be scrolled with the keyboard.
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
      <h3>Headers</h3>
      <Text size="sm" className="quiet">
        Credentials and cookies are omitted.
      </Text>
      {headers.length === 0 ? (
        <Text size="sm">None</Text>
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
      <Text size="sm" className="quiet" mt="xs">
        Approval ID <span className="code">{held.id}</span>
      </Text>
    </div>
  );
}

function bodyCaption({ bodyBytes, bodyPreview }: Held): string {
  if (!bodyPreview) {
    return `${bytes(bodyBytes)} of binary data, which can’t be previewed. It is sent unchanged.`;
  }
  return bodyBytes > PREVIEW_BYTES
    ? `The beginning of ${bytes(bodyBytes)}. The whole body is sent unchanged.`
    : `${bytes(bodyBytes)}, sent unchanged.`;
}

/** Longer bodies are cut off in the preview. */
const PREVIEW_BYTES = 16 * 1024;
